// `npm test`: every check, one after the other, so that one run shows all faults. Ends with the totals of the tests,
// alone on a line: `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ name: string, script: string, args: string[] }} Step a JavaScript file, relative to the root, and its arguments */

/** @type {Step[]} */
const CHECKS = [
  { name: 'lint', script: 'node_modules/eslint/bin/eslint.js', args: ['.'] },
  { name: 'format', script: 'node_modules/prettier/bin/prettier.cjs', args: ['--check', '.'] },
  { name: 'unused code', script: 'node_modules/knip/bin/knip.js', args: [] },
  { name: 'build', script: 'node_modules/typescript/bin/tsc', args: ['-b', '.', 'packages', 'scripts', 'test'] },
  { name: 'generated protocol', script: 'packages/proto/generate.mjs', args: ['--check'] },
];

/** @type {import('node:child_process').ChildProcess | undefined} */
let current;

/**
 * @param {string} text
 */
const announce = (text) => process.stderr.write(`\n── ${text}\n`);

/**
 * @param {Step} step
 * @returns {Promise<boolean>} whether it went well
 */
async function runStep({ name, script, args }) {
  announce(name);
  const start = performance.now();
  const code = await new Promise((resolve) => {
    current = spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: 'inherit' });
    current.on('error', () => resolve(1)).on('close', resolve);
  });
  announce(`${name}: ${code === 0 ? 'ok' : 'FAILED'} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return code === 0;
}

/**
 * @param {string} report vitest's JSON report
 * @returns {{ passed: number, failed: number, skipped: number }} a test file that could not even be loaded counts as one
 *   failed test
 */
function countTests(report) {
  const results = JSON.parse(readFileSync(report, 'utf8'));
  /** @type {{ status: string, assertionResults: unknown[] }[]} */
  const files = results.testResults;
  const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloaded.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/**
 * @param {string[]} args further arguments of vitest
 * @returns {Promise<{ ok: boolean, totals: string }>}
 */
async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const ok = await runStep({
      name: 'tests',
      script: 'node_modules/vitest/vitest.mjs',
      args: ['run', ...reporters, ...args],
    });
    const { passed, failed, skipped } = countTests(report);
    return { ok: ok && failed === 0 && passed > 0, totals: `${passed} passed, ${failed} failed, ${skipped} skipped` };
  } catch {
    return { ok: false, totals: '0 passed, 0 failed, 0 skipped' }; // vitest died before it could report
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  /** @type {string[]} */
  const failed = [];
  for (const check of CHECKS) if (!(await runStep(check))) failed.push(check.name);
  const built = !failed.includes('build');
  const tests = built ? await runTests(process.argv.slice(2)) : undefined;
  if (tests?.ok === false) failed.push('tests');
  if (!built) announce('tests: not run, because the build failed');
  if (failed.length > 0) announce(`FAILED: ${failed.join(', ')}`);
  console.log(`\n${tests?.totals ?? '0 passed, 0 failed, 0 skipped'}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

process.on('SIGINT', () => process.exit(130)); // a terminal's Ctrl-C has reached the child already
process.on('SIGTERM', () => {
  current?.kill();
  process.exit(143);
});
await main();
