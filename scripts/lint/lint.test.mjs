// The rules of eslint.config.mjs hold: each is shown something it must refuse, and something near it that is fine.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { BOUNDARIES } from './boundaries.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const eslint = new ESLint({ cwd: ROOT });
/** Linting with types starts the TypeScript compiler. */
const PATIENCE = 120_000;

/**
 * @param {string} file an existing one, whose content is taken to be `code`
 * @param {string} code
 * @returns {Promise<string[]>} the rules that object, except those about what is declared and not used
 */
async function objections(file, code) {
  const [result] = await eslint.lintText(code, { filePath: join(ROOT, file) });
  const rules = result.messages.map(({ ruleId, message }) => ruleId ?? message);
  return [...new Set(rules)].filter((rule) => !/unused|unnecessary|no-empty|no-extraneous/.test(rule)).sort();
}

/** @param {number} lines */
const functionOf = (lines) => `export function long(): number {\n${'  // a line\n'.repeat(lines - 3)}  return 1;\n}\n`;

/** @type {[what: string, file: string, code: string, rule: string][]} */
const REFUSED = [
  [
    'dashboards importing the product',
    'deploy/grafana/src/panels.ts',
    "import '@lockstep/core';",
    'lockstep/boundaries',
  ],
  [
    'the product importing what makes dashboards',
    'packages/cli/src/cli.ts',
    "import '@grafana/grafana-foundation-sdk/dashboard';",
    'lockstep/boundaries',
  ],
  ['core importing Node', 'packages/core/src/report.ts', "import 'node:fs';", 'lockstep/boundaries'],
  ['core importing another package', 'packages/core/src/report.ts', "import '@lockstep/proto';", 'lockstep/boundaries'],
  ['core reading the clock', 'packages/core/src/report.ts', 'export const now = Date.now();', 'no-restricted-globals'],
  ['core drawing lots', 'packages/core/src/report.ts', 'export const x = Math.random();', 'no-restricted-properties'],
  [
    'core taking a logarithm',
    'packages/core/src/report.ts',
    'export const x = Math.log(2);',
    'no-restricted-properties',
  ],
  [
    'the worker importing the coordinator',
    'packages/worker/src/session.ts',
    "import '@lockstep/coordinator';",
    'lockstep/boundaries',
  ],
  [
    'the worker importing its types',
    'packages/worker/src/session.ts',
    "import type { RunningCoordinator } from '@lockstep/coordinator';\nexport type X = RunningCoordinator;",
    'lockstep/boundaries',
  ],
  [
    'the coordinator importing the worker later',
    'packages/coordinator/src/jobs/job.ts',
    "export const x = () => import('@lockstep/worker');",
    'lockstep/boundaries',
  ],
  [
    'the client importing the wire',
    'packages/client/src/client.ts',
    "import '@lockstep/proto';",
    'lockstep/boundaries',
  ],
  ['the command importing the engine', 'packages/cli/src/cli.ts', "import '@lockstep/engine';", 'lockstep/boundaries'],
  [
    'an import into a package',
    'packages/worker/src/session.ts',
    "import '@lockstep/core/dist/errors.js';",
    'lockstep/boundaries',
  ],
  ['the same by a path', 'packages/worker/src/session.ts', "import '../../core/src/errors.js';", 'lockstep/boundaries'],
  ['nats outside its adapter', 'packages/transport/src/bus.ts', "import 'nats';", 'lockstep/boundaries'],
  [
    'tfjs outside the engine',
    'packages/worker/src/thread.ts',
    "import '@tensorflow/tfjs-node';",
    'lockstep/boundaries',
  ],
  [
    'any',
    'packages/core/src/report.ts',
    'export function f(x: any): void { f(x); }',
    '@typescript-eslint/no-explicit-any',
  ],
  ['a bare Error', 'packages/client/src/client.ts', "throw new Error('no');", 'no-restricted-syntax'],
  ['a function of 41 lines', 'packages/core/src/report.ts', functionOf(41), 'max-lines-per-function'],
  [
    'a file of 301 lines',
    'packages/core/src/report.ts',
    `export const x = 1;\n${'// a line\n'.repeat(300)}`,
    'max-lines',
  ],
  ['a default export', 'packages/core/src/report.ts', 'export default 1;', 'no-restricted-exports'],
  [
    'reading the environment',
    'packages/cli/src/cli.ts',
    'export const home = process.env.HOME;',
    'no-restricted-properties',
  ],
  [
    'a promise that nobody waits for',
    'packages/client/src/client.ts',
    'Promise.resolve();',
    '@typescript-eslint/no-floating-promises',
  ],
  [
    'a type imported as a value',
    'packages/worker/src/session.ts',
    "import { JobPlan } from '@lockstep/core';\nexport type X = JobPlan;",
    '@typescript-eslint/consistent-type-imports',
  ],
];

/** @type {[what: string, file: string, code: string][]} */
const ACCEPTED = [
  ['core taking a square root', 'packages/core/src/report.ts', 'export const x = Math.sqrt(2);'],
  ['core importing zod', 'packages/core/src/report.ts', "export { z } from 'zod';"],
  ['a test of core importing Node', 'packages/core/src/random/random.test.ts', "export { join } from 'node:path';"],
  ['nats in its adapter', 'packages/transport/src/nats/connect.ts', "export { connect } from 'nats';"],
  [
    'the doctor importing the engine',
    'packages/cli/src/doctor/checks.ts',
    "export { checkThreads } from '@lockstep/engine';",
  ],
  [
    'a thread with a default export',
    'packages/worker/src/thread.ts',
    'export default function run(): number {\n  return 1;\n}',
  ],
  ['a function of 40 lines', 'packages/core/src/report.ts', functionOf(40)],
  ['options reading the environment', 'packages/cli/src/options.ts', 'export const home = process.env.HOME;'],
];

describe('the linter', () => {
  it.each(REFUSED)('refuses %s', { timeout: PATIENCE }, async (_what, file, code, rule) => {
    expect(await objections(file, code)).toEqual([rule]);
  });

  it.each(ACCEPTED)('accepts %s', { timeout: PATIENCE }, async (_what, file, code) => {
    expect(await objections(file, code)).toEqual([]);
  });

  it('has a boundary for every package that there is', () => {
    const packages = readdirSync(join(ROOT, 'packages'), { withFileTypes: true });
    const names = packages
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
      .map(({ name }) => name);
    expect(Object.keys(BOUNDARIES).sort()).toEqual(names.sort());
  });

  it.each(Object.entries(BOUNDARIES))(
    'lets %s import what its package.json and tsconfig.json name',
    (name, { packages, only }) => {
      const read = (/** @type {string} */ file) => JSON.parse(readFileSync(join(ROOT, 'packages', name, file), 'utf8'));
      const allowed = [...packages, ...Object.keys(only ?? {})].sort();
      const dependencies = Object.keys(read('package.json').dependencies).filter((other) =>
        other.startsWith('@lockstep/'),
      );
      expect(dependencies.map((other) => other.replace('@lockstep/', '')).sort()).toEqual(allowed);
      const references = read('tsconfig.json').references.map((/** @type {{ path: string }} */ { path }) => path);
      expect(references.map((/** @type {string} */ path) => path.replace('../', '')).sort()).toEqual(allowed);
    },
  );
});
