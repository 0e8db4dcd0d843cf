// Prints the path of a Python that has the packages of `test/python/<name>.txt`, and no others: a virtual environment
// beside what the set-up keeps, made once per user, Python and list of packages.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEntry } from '../../scripts/setup/cache-entry.mjs';
import { lastLines, run } from '../../scripts/setup/children.mjs';
import { say, SetupError } from '../../scripts/setup/messages.mjs';
import { cacheFolder } from '../../scripts/setup/places.mjs';

const [name = ''] = process.argv.slice(2);
const requirements = fileURLToPath(new URL(`../python/${name}.txt`, import.meta.url));
const label = `a Python with ${name}`;

/** @param {string[]} command */
async function succeed(...command) {
  const [program = '', ...args] = command;
  const { code, output } = await run(program, args);
  if (code !== 0) throw new SetupError(`${label}: ${command.join(' ')} failed:\n${lastLines(output, 8)}`);
  return output.trim();
}

/** @param {string} folder */
async function make(folder) {
  say(`${label}: installing its packages, kept for next time`);
  await succeed('python3', '-m', 'venv', folder);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--disable-pip-version-check', '--no-input'];
  await succeed(join(folder, 'bin', 'python3'), ...pip, '--no-deps', '--require-hashes', '-r', requirements);
  return { files: ['pyvenv.cfg'] };
}

try {
  const version = await succeed('python3', '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const entry = await ensureEntry(cache, { name: `python-${version}-${name}-${process.arch}-${hash}`, label, make });
  console.log(join(entry, 'bin', 'python3'));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
