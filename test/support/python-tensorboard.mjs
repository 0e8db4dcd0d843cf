// Prints the path of a Python that has TensorBoard's reader of event files: a virtual environment beside what the set-up
// keeps, made once per user and version. Only the packages that the reader needs: TensorBoard's server needs many more.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEntry } from '../../scripts/setup/cache-entry.mjs';
import { lastLines, run } from '../../scripts/setup/children.mjs';
import { say, SetupError } from '../../scripts/setup/messages.mjs';
import { cacheFolder } from '../../scripts/setup/places.mjs';

const PACKAGES = ['tensorboard', 'absl-py', 'numpy', 'packaging', 'protobuf'];
const LABEL = "TensorBoard's reader";

/** @param {string[]} command */
async function succeed(...command) {
  const [program = '', ...args] = command;
  const { code, output } = await run(program, args);
  if (code !== 0) throw new SetupError(`${LABEL}: ${command.join(' ')} failed:\n${lastLines(output, 8)}`);
  return output.trim();
}

/** @param {string} folder */
async function make(folder) {
  say(`${LABEL}: installing it, 30 MB, kept for next time`);
  await succeed('python3', '-m', 'venv', folder);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--disable-pip-version-check', '--no-input'];
  await succeed(join(folder, 'bin', 'python3'), ...pip, '--no-deps', ...PACKAGES);
  return { files: ['pyvenv.cfg'] };
}

try {
  const version = await succeed('python3', '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])');
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const name = `python-${version}-tensorboard-${process.arch}`;
  console.log(join(await ensureEntry(cache, { name, label: LABEL, make }), 'bin', 'python3'));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
