// The image's TensorFlow library: as scripts/setup fetches it, less the symbols that only debuggers read.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureLibtensorflow } from '../../scripts/setup/libtensorflow.mjs';

const [, , folder] = process.argv;
const libraries = join(await ensureLibtensorflow(folder), 'lib');
for (const name of readdirSync(libraries).filter((file) => file.endsWith('.so.2'))) {
  execFileSync('strip', ['--strip-unneeded', join(libraries, name)], { stdio: 'inherit' });
}
