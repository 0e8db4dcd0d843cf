// Takes out of node_modules what no process in the image ever reads: source maps, TypeScript, the packages' own tests and
// documents, tfjs's bundles for browsers, and in a worker's image what only imports of datasets need. Most of the bytes go.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CHECKOUT } from '../../scripts/setup/places.mjs';

const STORE = join(CHECKOUT, 'node_modules/.pnpm');
const NEVER_READ = /\.(map|[mc]?ts|md|markdown|flow|tsbuildinfo|html|cc|h)$/;
/** Beside a package's package.json. */
const NEVER_READ_FOLDERS = ['test', 'tests', '__tests__', 'benchmark', 'benchmarks', 'docs', 'examples'];
/** tfjs publishes each package as ten bundles; Node reads the one that `main` names. */
const BUNDLED = [
  'tfjs',
  'tfjs-core',
  'tfjs-layers',
  'tfjs-converter',
  'tfjs-data',
  'tfjs-backend-cpu',
  'tfjs-backend-webgl',
];
/** For browsers without ES2015. */
const UNUSED = ['core-js@'];
/** What reads files of datasets, and the digits. */
const NOT_IN_WORKERS = ['mnist@', 'sharp@', '@img+', 'yauzl@'];

/** @param {(entry: string) => boolean} chosen */
const entries = (chosen) => readdirSync(STORE).filter(chosen);

/** @param {string[]} prefixes */
function removeEntries(prefixes) {
  for (const entry of entries((name) => prefixes.some((prefix) => name.startsWith(prefix))))
    rmSync(join(STORE, entry), { recursive: true });
}

/**
 * Links are left alone: what they lead to is in the store under its own name.
 * @param {string} folder
 * @param {(path: string) => boolean} unwanted
 */
function removeFiles(folder, unwanted) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeFiles(path, unwanted);
    else if (entry.isFile() && unwanted(path)) rmSync(path);
  }
}

/** @param {string} folder */
function removeFolders(folder) {
  const inside = readdirSync(folder, { withFileTypes: true });
  const isPackage = inside.some(({ name }) => name === 'package.json');
  for (const entry of inside.filter((one) => one.isDirectory())) {
    const path = join(folder, entry.name);
    if (isPackage && NEVER_READ_FOLDERS.includes(entry.name)) rmSync(path, { recursive: true });
    else removeFolders(path);
  }
}

/** @param {string} name */
function keepOnlyMain(name) {
  for (const entry of entries((found) => found.startsWith(`@tensorflow+${name}@`))) {
    const folder = join(STORE, entry, 'node_modules/@tensorflow', name);
    const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const kept = new Set([join(folder, main), join(folder, 'package.json')]);
    removeFiles(folder, (path) => !kept.has(path) && !basename(path).startsWith('LICENSE'));
    if (!existsSync(join(folder, main))) throw new Error(`${name} has no ${main}`);
  }
}

if (process.argv[2] === 'worker') {
  removeEntries(NOT_IN_WORKERS);
} else {
  removeEntries(UNUSED);
  BUNDLED.forEach(keepOnlyMain);
  removeFolders(STORE);
  removeFiles(STORE, (path) => NEVER_READ.test(path) && !/licen[cs]e|notice/i.test(basename(path)));
}
