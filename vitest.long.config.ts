import { defineConfig } from 'vitest/config';

/** What takes too long for every change: larger explorations, more seeds, larger worlds. One at a time. */
export default defineConfig({
  test: {
    include: ['packages/**/*.long.test.ts', 'tests/**/*.long.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
  },
});
