// Prints the path of NATS's exporter for Prometheus: from PATH, else built from its Go module into what the set-up
// keeps.
// Without it the queries on NATS have no data, and the test that runs them says so; it is no reason to fail.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEntry } from '../../scripts/setup/cache-entry.mjs';
import { lastLines } from '../../scripts/setup/children.mjs';
import { SetupError } from '../../scripts/setup/messages.mjs';
import { cacheFolder, isExecutable, searchPath } from '../../scripts/setup/places.mjs';
import { buildGoProgram } from './go-program.mjs';

const PROGRAM = 'prometheus-nats-exporter';
const MODULE = `github.com/nats-io/${PROGRAM}`;
const VERSION = 'v0.20.1';

/** @param {string} folder */
async function build(folder) {
  try {
    await buildGoProgram(MODULE, VERSION, '.', join(folder, PROGRAM));
  } catch (error) {
    throw new SetupError(lastLines(error instanceof Error ? error.message : String(error), 3).trim());
  }
  return { files: [PROGRAM] };
}

try {
  const found = searchPath(PROGRAM, process.env).find(isExecutable);
  if (found === undefined) {
    const cache = cacheFolder();
    mkdirSync(cache, { recursive: true });
    const name = `nats-exporter-${VERSION}-${process.arch}`;
    const entry = await ensureEntry(cache, { name, label: "NATS's exporter", make: build });
    console.log(join(entry, PROGRAM));
  } else {
    console.log(found);
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`${PROGRAM} is not on PATH, and cannot be built: ${error.message}`);
  process.exitCode = 1;
}
