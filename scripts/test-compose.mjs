// `npm run test:compose`: the cluster in containers, as a user has it. Needs a Docker engine with Compose 2, and makes one
// where it can. Without one nothing is tested: that is said, and the exit code is 69.
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

try {
  await ensureEngine();
  const { environment, real } = await prepareBaseImages();
  if (!real) say('Grafana is not tested: its image is not to be had here');
  process.exitCode = await runVitest({ ...environment, LOCKSTEP_TEST_GRAFANA: real ? 'yes' : 'no' });
} catch (error) {
  if (!(error instanceof NoEngine)) throw error;
  say(`NOTHING WAS TESTED: ${error.message}`);
  process.exitCode = NOTHING_TESTED;
}
