/** tfjs-node's addon with the project's one-line patch of its binding taken back, to show what the patch is for. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const tfjsNode = path.dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
const repository = fileURLToPath(new URL('../..', import.meta.url));
const PATCHED = 'static thread_local std::set<std::string> ATTR_NAME_SET;';
const UNPATCHED = 'static std::set<std::string> ATTR_NAME_SET;';
const BINARY = 'lib/napi-v8/tfjs_binding.node';
/** As scripts/setup/addon.mjs builds it. */
const FLAGS = ['-std=c++17', '-O3', '-fPIC', '-shared', '-DNAPI_VERSION=8'];

export const patchedAddon = path.join(tfjsNode, BINARY);

/** Builds the addon, or takes the one that was built before from the same source. */
export function unpatchedAddon(): string {
  const source = readFileSync(path.join(tfjsNode, 'binding/tfjs_backend.cc'), 'utf8');
  if (!source.includes(PATCHED)) throw new Error(`The binding is not patched: ${PATCHED} is missing.`);
  const libtensorflow = realpathSync(path.join(tfjsNode, 'deps'));
  const key = createHash('sha256')
    .update([source, libtensorflow, process.arch, ...FLAGS].join('\0'))
    .digest('hex');
  const folder = path.join(tmpdir(), `lockstep-unpatched-${key.slice(0, 16)}`);
  if (!existsSync(folder)) build(folder, source.replace(PATCHED, UNPATCHED), libtensorflow);
  return path.join(folder, BINARY);
}

/** Builds beside `folder` and moves, so that a half-built addon is never used. */
function build(folder: string, source: string, libtensorflow: string): void {
  const temporary = mkdtempSync(`${folder}-`);
  mkdirSync(path.join(temporary, path.dirname(BINARY)), { recursive: true });
  symlinkSync(libtensorflow, path.join(temporary, 'deps'));
  const backend = path.join(temporary, 'tfjs_backend.cc');
  writeFileSync(backend, source);
  const binding = path.join(tfjsNode, 'binding');
  const include = [
    binding,
    path.join(repository, 'node_modules/node-api-headers/include'),
    path.join(libtensorflow, 'include'),
  ];
  const library = ['-L', path.join(libtensorflow, 'lib'), '-ltensorflow', '-ltensorflow_framework'];
  const sources = [backend, path.join(binding, 'tfjs_binding.cc')];
  execFileSync('c++', [
    ...[...FLAGS, ...include.flatMap((directory) => ['-I', directory]), ...sources, '-o', path.join(temporary, BINARY)],
    ...[...library, '-Wl,-rpath,$ORIGIN/../../deps/lib'],
  ]);
  try {
    renameSync(temporary, folder);
  } catch {
    rmSync(temporary, { recursive: true }); // another run was faster
  }
}
