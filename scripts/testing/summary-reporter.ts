import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { summarise } from './test-summary.ts';
import type { Outcome, RanFile } from './test-summary.ts';

/** Writes the counts and the skipped suites of one test run to the file that JUQUEUE_TEST_SUMMARY names. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env['JUQUEUE_TEST_SUMMARY'];
    if (file === undefined) throw new Error('JUQUEUE_TEST_SUMMARY must name the file for the summary');
    writeFileSync(file, JSON.stringify(summarise(modules.map(ranFile), unhandledErrors.length)));
  }
}

function ranFile(module: TestModule): RanFile {
  return {
    file: module.relativeModuleId,
    brokenSuites: module.errors().length + [...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length,
    tests: [...module.children.allTests()].map((test) => ({ suites: suitesOf(test), name: test.name, ...outcomeOf(test) })),
  };
}

function suitesOf(test: TestCase): readonly string[] {
  return suitesAround(test).map((suite) => suite.name);
}

/** Outermost first. */
function suitesAround(test: TestCase): readonly TestSuite[] {
  const suites: TestSuite[] = [];
  for (let parent: TestSuite | TestModule = test.parent; parent.type === 'suite'; parent = parent.parent) suites.unshift(parent);
  return suites;
}

function outcomeOf(test: TestCase): { readonly outcome: Outcome; readonly note: string | null } {
  const result = test.result();
  switch (result.state) {
    case 'passed':
    case 'failed':
      return { outcome: result.state, note: null };
    case 'skipped':
      // Where the preparation of a suite failed, vitest calls its tests skipped.
      if (suitesAround(test).some((suite) => suite.errors().length > 0)) return { outcome: 'not-run', note: null };
      return { outcome: 'skipped', note: result.note ?? null };
    case 'pending':
      return { outcome: 'not-run', note: null };
  }
}
