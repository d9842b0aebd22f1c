import type { NodeMark } from '@juqueue/client';
import { expect, test } from 'vitest';
import { markText, marksNear } from './mark-text.ts';

const mark = (kind: NodeMark['kind'], atMs: number, more: Partial<NodeMark> = {}): NodeMark => ({
  kind,
  atMs,
  because: null,
  run: null,
  toNode: null,
  ...more,
});

test('a mark says what was decided, why, and where the run went', () => {
  expect(markText(mark('moved-away', 0, { run: 'sweep@a', toNode: 'n2' }))).toBe('consolidation moves sweep@a to n2');
  expect(markText(mark('drained', 0, { because: 'consolidation' }))).toBe('takes no new runs (consolidation)');
  expect(markText(mark('cancel-requested', 0))).toBe('is given back');
});

test('the marks of a place are those beside it', () => {
  const marks = [mark('drained', 100), mark('moved-away', 104), mark('undrained', 200)];
  expect(marksNear({ marks }, 102, 5).map(({ kind }) => kind)).toEqual(['drained', 'moved-away']);
});
