// Prints, as JSON, the paths of `prometheus` and `promtool`: from PATH, else out of Debian's package, which is unpacked
// beside what the set-up keeps. Nothing is installed, no service is started, and root is not needed; apt checks hashes.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEntry } from '../../scripts/setup/cache-entry.mjs';
import { lastLines, run } from '../../scripts/setup/children.mjs';
import { say, SetupError } from '../../scripts/setup/messages.mjs';
import { cacheFolder, isExecutable, searchPath } from '../../scripts/setup/places.mjs';

const PROGRAMS = ['prometheus', 'promtool'];
/** The oldest that the tests have passed with. */
const MINIMUM = [2, 42];
const REMEDY =
  'Put prometheus and promtool (2.42 or newer) on PATH, from the releases of the Prometheus project or a package; ' +
  'on Debian and Ubuntu it is enough that apt-get can download the package "prometheus".';

/** @param {string} path */
async function isNewEnough(path) {
  const { code, output } = await run(path, ['--version']);
  const [, major = 0, minor = 0] = /version (\d+)\.(\d+)/.exec(output)?.map(Number) ?? [];
  return code === 0 && (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]));
}

async function onPath() {
  const found = PROGRAMS.map((name) => searchPath(name, process.env).find(isExecutable));
  for (const path of found) if (path === undefined || !(await isNewEnough(path))) return undefined;
  return found;
}

/**
 * @param {string[]} args
 * @param {string} folder
 */
const apt = (args, folder) => run('apt-get', ['--quiet', ...args], { cwd: folder });

/**
 * The machine's lists of packages may be missing or too old. Then they are fetched once more, into a folder of our own.
 * @param {string} folder
 */
async function download(folder) {
  const first = await apt(['download', 'prometheus'], folder);
  if (first.code === 0) return;
  const [lists, archives] = ['lists', 'archives'].map((name) => join(folder, name));
  for (const place of [lists, archives]) mkdirSync(join(place ?? folder, 'partial'), { recursive: true });
  const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache::Archives=${archives}`];
  own.push('-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache=');
  const update = await apt([...own, 'update'], folder);
  const second = update.code === 0 ? await apt([...own, 'download', 'prometheus'], folder) : update;
  for (const place of [lists, archives]) rmSync(place ?? '', { recursive: true, force: true });
  if (second.code !== 0) {
    throw new SetupError(`Prometheus: apt-get gives no package:\n${lastLines(second.output, 6)}\n${REMEDY}`);
  }
}

/** @param {string} folder */
async function unpack(folder) {
  say("Prometheus: downloading Debian's package, kept for next time");
  await download(folder);
  const deb = readdirSync(folder).find((name) => name.endsWith('.deb')) ?? '';
  const { code, output } = await run('dpkg-deb', ['--extract', deb, 'unpacked'], { cwd: folder });
  if (code !== 0) throw new SetupError(`Prometheus: ${deb} cannot be unpacked:\n${lastLines(output, 6)}\n${REMEDY}`);
  for (const name of PROGRAMS) renameSync(join(folder, 'unpacked/usr/bin', name), join(folder, name));
  for (const done of [deb, 'unpacked']) rmSync(join(folder, done), { recursive: true, force: true });
  for (const name of PROGRAMS) {
    if (await isNewEnough(join(folder, name))) continue;
    throw new SetupError(`Prometheus: the ${name} of the package is too old or does not run here. ${REMEDY}`);
  }
  return { files: [...PROGRAMS] };
}

async function fromPackage() {
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const name = `prometheus-debian-${process.arch}`;
  const entry = await ensureEntry(cache, { name, label: 'Prometheus', make: unpack });
  return PROGRAMS.map((program) => join(entry, program));
}

try {
  const [prometheus, promtool] = (await onPath()) ?? (await fromPackage());
  console.log(JSON.stringify({ prometheus, promtool }));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
