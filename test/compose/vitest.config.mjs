import { defineConfig } from 'vitest/config';

/** Apart from the others: it needs an engine, and one test goes on where the one before it has ended. */
export default defineConfig({
  test: {
    name: 'compose',
    include: ['test/compose/**/*.test.ts'],
    fileParallelism: false,
    sequence: { concurrent: false },
    bail: 1,
    testTimeout: 600_000,
    hookTimeout: 1_800_000,
    reporters: ['verbose'],
  },
});
