// Prints the path of a Python that has TensorFlow: a virtual environment beside what the set-up keeps, made once per user
// and version. Of the wheel that the set-up takes libtensorflow from, Python's half is thrown away, and that wheel is for
// one version of Python; pip takes the one for the Python that is here.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEntry } from '../../scripts/setup/cache-entry.mjs';
import { lastLines, run } from '../../scripts/setup/children.mjs';
import { TENSORFLOW_VERSION } from '../../scripts/setup/libtensorflow.mjs';
import { say, SetupError } from '../../scripts/setup/messages.mjs';
import { cacheFolder } from '../../scripts/setup/places.mjs';

/** The package is called otherwise where Google builds it for the CPU alone anyway. */
const PACKAGE = process.arch === 'arm64' ? 'tensorflow' : 'tensorflow-cpu';
const LABEL = `Python's TensorFlow ${TENSORFLOW_VERSION}`;

/** @param {string[]} command */
async function succeed(...command) {
  const [program = '', ...args] = command;
  const { code, output } = await run(program, args);
  if (code !== 0) throw new SetupError(`${LABEL}: ${command.join(' ')} failed:\n${lastLines(output, 8)}`);
  return output.trim();
}

/** @param {string} folder */
async function make(folder) {
  say(`${LABEL}: installing it, 300 MB, kept for next time`);
  await succeed('python3', '-m', 'venv', folder);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--disable-pip-version-check', '--no-input'];
  await succeed(join(folder, 'bin', 'python3'), ...pip, `${PACKAGE}==${TENSORFLOW_VERSION}`);
  return { files: ['pyvenv.cfg'] };
}

const version = await succeed('python3', '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])');
const cache = cacheFolder();
mkdirSync(cache, { recursive: true });
const name = `python-${version}-tensorflow-${TENSORFLOW_VERSION}-${process.arch}`;
try {
  console.log(join(await ensureEntry(cache, { name, label: LABEL, make }), 'bin', 'python3'));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
