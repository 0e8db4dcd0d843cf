// libtensorflow out of TensorFlow's Python wheel: the newest one that tfjs-node can be built against, because what
// tfjs-node itself would download is version 2.9 and no longer to be had. Kept once per user, linked from each checkout.
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEntry } from './cache-entry.mjs';
import { say, stopwatch } from './messages.mjs';
import { unpackWheel } from './wheel.mjs';

export const TENSORFLOW_VERSION = '2.21.0';
export const LABEL = 'libtensorflow 2.21';

const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** The names that the linker looks for, and what they stand for. */
const LINK_NAMES = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
};
/** The C API and what it includes, in the order of the wheel's `tensorflow/include`. */
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/', 'xla/tsl/', 'third_party/'];

/** @type {Record<string, { platform: string, bytes: number }>} by Node's name for the architecture */
const WHEELS = {
  x64: { platform: 'manylinux_2_27_x86_64', bytes: 274_000_871 },
  arm64: { platform: 'manylinux_2_27_aarch64', bytes: 281_946_471 },
};

export const libtensorflowName = (arch = process.arch) => `libtensorflow-${TENSORFLOW_VERSION}-${arch}`;

/**
 * @param {string} cache
 * @param {(folder: string) => Promise<string>} [fetch] downloads and extracts the wheel; tests bring their own
 * @returns {Promise<string>} the folder with `lib/` and `include/`
 */
export function ensureLibtensorflow(cache, fetch = fetchWheel) {
  return ensureEntry(cache, { name: libtensorflowName(), label: LABEL, make: (folder) => assemble(folder, fetch) });
}

/** @param {string} folder */
function fetchWheel(folder) {
  const { platform, bytes } = WHEELS[process.arch];
  return unpackWheel(
    {
      label: LABEL,
      requirements: 'libtensorflow.txt',
      platform,
      pythonTags: ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'],
      bytes,
      bytesNeeded: 1_500_000_000,
      prefixes: [
        ...LIBRARIES.map((name) => `tensorflow/${name}`),
        ...HEADERS.map((name) => `tensorflow/include/${name}`),
      ],
    },
    folder,
  );
}

/**
 * @param {string} folder an empty folder in the cache
 * @param {(folder: string) => Promise<string>} fetch
 */
async function assemble(folder, fetch) {
  const took = stopwatch();
  const wheel = await fetch(folder);
  mkdirSync(join(folder, 'lib'));
  for (const name of LIBRARIES) renameSync(join(wheel, 'tensorflow', name), join(folder, 'lib', name));
  for (const [link, target] of Object.entries(LINK_NAMES)) symlinkSync(target, join(folder, 'lib', link));
  renameSync(join(wheel, 'tensorflow/include'), join(folder, 'include'));
  for (const done of ['download', 'wheel']) rmSync(join(folder, done), { recursive: true, force: true });
  say(`${LABEL}: downloaded and unpacked (${took()})`);
  return { files: LIBRARIES.map((name) => `lib/${name}`), trees: ['include'] };
}
