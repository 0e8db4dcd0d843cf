/** The program itself: the launcher at the root imports this file, and embedded clusters run it for their services. */
import { runCli } from './cli.js';
import { dropEmptyVariables } from './options.js';
import { createProcessOutput, flushed } from './output/output.js';

dropEmptyVariables();
const code = await runCli(process.argv.slice(2), createProcessOutput());
await flushed(process.stdout);
// An explicit exit: a service's libraries may keep handles open that nobody waits for any more.
process.exit(code);
