import { expect, test } from 'vitest';
import { noEnds, sayEnds, withEnds } from './announcement.ts';

const ended = (sentence: string) => ({
  kind: 'run-ended',
  sentence,
  run: 'sweep@a',
  attempt: 1,
  experiment: null,
  node: null,
  slots: null,
});

test('of many ends one sentence is said', () => {
  const first = withEnds(noEnds, [
    ended('sweep@a attempt 1 ended: exit 0'),
    ended('sweep@b attempt 1 ended: exit 1'),
    { ...ended('sweep@c attempt 1 started'), kind: 'run-started' },
  ]);
  expect(sayEnds(withEnds(first, [ended('sweep@d attempt 2 ended: exit 0')]))).toBe('2 runs finished, 1 failed');
  expect(sayEnds(withEnds(noEnds, [ended('sweep@a attempt 1 ended: exit 85, stopped (consolidation)')]))).toBe('1 run stopped');
});

test('of nothing nothing is said', () => {
  expect(sayEnds(noEnds)).toBeNull();
});
