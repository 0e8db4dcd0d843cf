// `npm run test:compose`: the cluster in containers, as a user has it. Needs a Docker engine with Compose 2, and makes one
// where it can. Without one nothing is tested: that is said, and the exit code is 69. With `--settings` it tests nothing, and
// prints what a `.env` at the root of the checkout needs for a cluster on the same engine and images, without a registry.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NoEngine, say } from '../test/compose/command.mjs';
import { ensureEngine } from '../test/compose/engine.mjs';
import { prepareBaseImages } from '../test/compose/base-images.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** EX_UNAVAILABLE of sysexits.h. */
const NOTHING_TESTED = 69;

/**
 * @param {Record<string, string>} environment
 * @returns {Promise<number>} the exit code
 */
function runVitest(environment) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/compose/vitest.config.mjs'];
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [...args, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit', env });
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** @param {import('../test/compose/base-images.mjs').BaseImages} images */
function printSettings({ environment, real }) {
  // A registry has Grafana's image as well.
  const settings = real ? {} : { COMPOSE_FILE: 'compose.yaml:test/compose/without-grafana.yaml', ...environment };
  for (const [name, value] of Object.entries(settings)) console.log(`${name}=${value}`);
}

/** @param {import('../test/compose/base-images.mjs').BaseImages} images */
async function test({ environment, real }) {
  if (!real) say('Grafana is not tested: its image is not to be had here');
  process.exitCode = await runVitest({ ...environment, LOCKSTEP_TEST_GRAFANA: real ? 'yes' : 'no' });
}

try {
  await ensureEngine();
  const images = await prepareBaseImages();
  if (process.argv.includes('--settings')) printSettings(images);
  else await test(images);
} catch (error) {
  if (!(error instanceof NoEngine)) throw error;
  say(`NOTHING WAS TESTED: ${error.message}`);
  process.exitCode = NOTHING_TESTED;
}
