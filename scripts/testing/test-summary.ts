export type Outcome = 'passed' | 'failed' | 'skipped' | 'not-run';

/** What one test file did. */
export interface RanFile {
  readonly file: string;
  /** Errors outside of tests: the file could not be loaded, or the preparation of a suite failed. */
  readonly brokenSuites: number;
  readonly tests: readonly RanTest[];
}

export interface RanTest {
  /** Names of the suites around it, outermost first. */
  readonly suites: readonly string[];
  readonly name: string;
  readonly outcome: Outcome;
  /** Why it was skipped, if the test itself said so. */
  readonly note: string | null;
}

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each skipped suite or test: where, name, reason, how many tests. */
  readonly skippedSuites: readonly string[];
}

/**
 * Counts of a whole run. Everything that is neither passed nor skipped on purpose has failed: broken files and suites, errors
 * that no test caught, tests that did not come to their end.
 */
export function summarise(files: readonly RanFile[], unhandledErrors: number): TestSummary {
  const tests = files.flatMap((ran) => ran.tests);
  const count = (...outcomes: readonly Outcome[]): number => tests.filter((test) => outcomes.includes(test.outcome)).length;
  const broken = files.reduce((total, ran) => total + ran.brokenSuites, unhandledErrors);
  return {
    passed: count('passed'),
    failed: count('failed', 'not-run') + broken,
    skipped: count('skipped'),
    skippedSuites: files.flatMap(skippedSuitesOf),
  };
}

/** Skipped tests of one file, together where a whole outermost suite was skipped for one reason. */
function skippedSuitesOf({ file, tests }: RanFile): readonly string[] {
  const counts = new Map<string, number>();
  for (const test of tests) {
    if (test.outcome !== 'skipped') continue;
    const [outermost] = test.suites;
    const isWhole = outermost !== undefined && tests.every((other) => other.suites[0] !== outermost || other.outcome === 'skipped');
    const name = isWhole ? outermost : [...test.suites, test.name].join(' > ');
    const line = `${file} > ${withReason(name, test.note)}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, tests]) => `${line} (${tests} ${tests === 1 ? 'test' : 'tests'})`);
}

/** Suites that ask for something before they are collected carry the reason in their names. */
function withReason(name: string, note: string | null): string {
  if (note !== null) return `${name}: ${note}`;
  return name.includes('(skipped: ') ? name : `${name}: no reason given`;
}
