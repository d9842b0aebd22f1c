import { expect, test } from 'vitest';
import { wholeLines } from './log-lines.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('a line that has not ended is left for the next part', () => {
  expect(wholeLines(bytes('one\ntw'), false)).toEqual({ lines: ['one'], taken: 4 });
  expect(wholeLines(bytes('tw'), false)).toEqual({ lines: [], taken: 0 });
});

test('of the last part everything counts', () => {
  expect(wholeLines(bytes('one\ntw'), true)).toEqual({ lines: ['one', 'tw'], taken: 6 });
  expect(wholeLines(bytes(''), true)).toEqual({ lines: [], taken: 0 });
});

test('a letter of several bytes is not cut in two', () => {
  const all = bytes('a\nüb\n');
  const first = wholeLines(all.subarray(0, 3), false);
  expect([...first.lines, ...wholeLines(all.subarray(first.taken), true).lines]).toEqual(['a', 'üb']);
});
