/**
 * Counts over everything that ran, and a line for each failure and each skipped suite. A suite that cannot run here says
 * why in its title: `the Slurm test cluster (skipped: these packages are missing: …)`.
 *
 * @param {{ testResults: { name: string, status: string, message: string, assertionResults: { ancestorTitles: string[], title: string, status: string }[] }[] } | null} report vitest's JSON
 * @param {{ name: string, isPassed: boolean }[]} others checks that are not vitest's
 */
export function summarise(report, others) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const brokenFiles = files.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'));
  const failedOthers = others.filter((other) => !other.isPassed);
  const failed = tests.filter((test) => test.status === 'failed');
  const skipped = tests.filter((test) => test.status !== 'failed' && test.status !== 'passed');
  const failures = [
    ...(report === null ? ['the tests: vitest ended without a report'] : []),
    ...failedOthers.map((other) => other.name),
    ...brokenFiles.map((file) => `${file.name}: ${file.message.split('\n')[0]}`),
    ...failed.map((test) => [...test.ancestorTitles, test.title].join(' > ')),
  ];
  return {
    passed: tests.filter((test) => test.status === 'passed').length + others.length - failedOthers.length,
    failed: failures.length,
    skipped: skipped.length,
    lines: [...failures.map((name) => `failed: ${name}`), ...skippedSuites(skipped)],
  };
}

/** One line for each suite (the outermost title), with how many of its tests were skipped. */
function skippedSuites(skipped) {
  const counts = new Map();
  for (const test of skipped) {
    const suite = test.ancestorTitles[0] ?? test.title;
    counts.set(suite, (counts.get(suite) ?? 0) + 1);
  }
  return [...counts].map(([suite, count]) => `skipped: ${suite}: ${count} ${count === 1 ? 'test' : 'tests'}`);
}
