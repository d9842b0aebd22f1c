import { describe, expect, it } from 'vitest';
import { summarise } from './test-summary.ts';
import type { Outcome, RanTest } from './test-summary.ts';

const test = (outcome: Outcome, name = 'works', suites: readonly string[] = [], note: string | null = null): RanTest => ({
  suites,
  name,
  outcome,
  note,
});
const file = (tests: readonly RanTest[], brokenSuites = 0) => ({ file: 'a.test.ts', brokenSuites, tests });

describe('the summary of a test run', () => {
  it('counts what passed, failed and was skipped', () => {
    expect(summarise([file([test('passed'), test('failed')]), file([test('passed'), test('skipped')])], 0)).toMatchObject({
      passed: 2,
      failed: 1,
      skipped: 1,
    });
  });

  it('counts as failed: a file that does not load, a suite that cannot be prepared, an error outside of tests, a test that did not end', () => {
    expect(summarise([file([], 2), file([test('not-run')])], 1)).toMatchObject({ passed: 0, failed: 4 });
  });

  it('names a suite that was skipped as a whole once, with the reason in its name and the number of its tests', () => {
    const suite = 'a real Slurm (skipped: it needs root)';
    expect(summarise([file([test('skipped', 'one', [suite]), test('skipped', 'two', [suite, 'part'])])], 0).skippedSuites).toEqual([
      'a.test.ts > a real Slurm (skipped: it needs root) (2 tests)',
    ]);
  });

  it('names a single skipped test, with its note or saying that there is none', () => {
    const tests = [test('passed', 'one', ['s']), test('skipped', 'two', ['s'], 'needs two cores'), test('skipped', 'three', ['s'])];
    expect(summarise([file(tests)], 0).skippedSuites).toEqual([
      'a.test.ts > s > two: needs two cores (1 test)',
      'a.test.ts > s > three: no reason given (1 test)',
    ]);
  });
});
