import { defineConfig } from 'vitest/config';

/** What goes where: CONTRIBUTING.md. Native tests and clusters use the machine's cores, so they run one file at a time. */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'deploy/grafana/src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          exclude: ['packages/engine/**'],
          testTimeout: 30_000,
          // What a test waits for needs the processor, which others may hold.
          expect: { poll: { timeout: 20_000 } },
        },
      },
      { test: { name: 'docs', include: ['test/docs/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'native',
          include: ['packages/engine/src/**/*.test.ts', 'test/native/**/*.test.ts', 'test/numerics/**/*.test.ts'],
          env: { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '-1', ONEDNN_DEFAULT_FPMATH_MODE: 'STRICT' },
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'python',
          include: ['test/python/**/*.test.ts'],
          env: { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '-1', ONEDNN_DEFAULT_FPMATH_MODE: 'STRICT' },
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'observability',
          include: ['test/observability/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
