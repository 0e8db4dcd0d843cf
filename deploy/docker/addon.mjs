// The image's native addon, compiled as scripts/setup compiles it.
import { join } from 'node:path';
import { ensureAddon } from '../../scripts/setup/addon.mjs';
import { libtensorflowName } from '../../scripts/setup/libtensorflow.mjs';
import { CHECKOUT } from '../../scripts/setup/places.mjs';

const [, , folder] = process.argv;
await ensureAddon(CHECKOUT, folder, join(folder, libtensorflowName()));
