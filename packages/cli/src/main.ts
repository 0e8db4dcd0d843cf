/** The program itself: the launcher at the root imports this file, and embedded clusters run it for their services. */
import { runCli } from './cli.js';
import { dropEmptyVariables } from './options.js';
import { createProcessOutput } from './output/output.js';

dropEmptyVariables();
// An explicit exit: a service's libraries may keep handles open that nobody waits for any more.
process.exit(await runCli(process.argv.slice(2), createProcessOutput()));
