import { defineConfig } from 'vitest/config';
import type { TestProjectInlineConfiguration } from 'vitest/config';

/** Tests that start a real Slurm. */
const slurmTests = ['packages/testkit/src/slurm-cluster/**/*.test.ts', 'packages/cluster-slurm/test/**/*.test.ts'];
/** The whole program on a real Slurm, which they share. */
const wholeSlurmTests = ['tests/slurm/**/*.test.ts'];
/** The web interface in a browser, on the whole program. */
const uiTests = ['packages/ui/test/**/*.test.ts'];
/** Tests that measure durations of computations. */
const speedTests = ['packages/*/src/**/*.speed.test.ts'];
const never = ['**/node_modules/**', '**/dist/**', '**/*.long.test.ts'];

/**
 * Groups run one after the other, because a busy machine disturbs what measures time or waits for real processes. The
 * projects of vitest stand in for them: `npx vitest run --project slurm`.
 */
export default defineConfig({
  test: {
    projects: [
      group(
        0,
        'packages',
        2,
        ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'scripts/**/*.test.ts', 'tidy.test.ts'],
        [...slurmTests, ...speedTests, ...uiTests],
      ),
      group(1, 'speed', 1, speedTests),
      group(2, 'slurm', 2, slurmTests),
      group(3, 'end-to-end', 1, ['tests/**/*.test.ts'], wholeSlurmTests),
      group(4, 'ui', 1, uiTests),
      group(5, 'whole-slurm', 3, wholeSlurmTests, [], ['tests/slurm/start-test-cluster.ts']),
    ],
  },
});

/** A second try tells a busy machine from a mistake: most tests here wait for real processes. */
function group(
  groupOrder: number,
  name: string,
  maxWorkers: number,
  include: string[],
  exclude: string[] = [],
  globalSetup: string[] = [],
): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include,
      exclude: [...never, ...exclude],
      globalSetup,
      pool: 'forks',
      maxWorkers,
      testTimeout: 20_000,
      hookTimeout: 60_000,
      retry: 1,
      sequence: { groupOrder },
    },
  };
}
