import { defineConfig } from 'vitest/config';

/** Deadlines are for what never comes: whatever a test waits for needs the processor, which others may hold for long. */
const patience = (testTimeout: number, hookTimeout = 120_000) => ({
  ...{ testTimeout, hookTimeout },
  expect: { poll: { timeout: 20_000 } },
});
/** Native tests and clusters use the machine's cores, so they run one file at a time. */
const alone = { fileParallelism: false };
const native = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '-1', ONEDNN_DEFAULT_FPMATH_MODE: 'STRICT' };

/** What goes where: CONTRIBUTING.md. */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'deploy/grafana/src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          exclude: ['packages/engine/**'],
          ...patience(60_000),
        },
      },
      { test: { name: 'docs', include: ['test/docs/**/*.test.ts'], ...patience(60_000) } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...patience(120_000) } },
      {
        test: {
          name: 'native',
          include: ['packages/engine/src/**/*.test.ts', 'test/native/**/*.test.ts', 'test/numerics/**/*.test.ts'],
          ...{ ...alone, env: native, ...patience(600_000) },
        },
      },
      {
        test: {
          name: 'python',
          include: ['test/python/**/*.test.ts'],
          ...{ ...alone, env: native, ...patience(120_000) },
        },
      },
      {
        test: {
          name: 'observability',
          include: ['test/observability/**/*.test.ts'],
          ...{ ...alone, ...patience(300_000, 300_000) },
        },
      },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...{ ...alone, ...patience(600_000, 300_000) } } },
    ],
  },
});
