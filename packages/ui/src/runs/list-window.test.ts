import { expect, test } from 'vitest';
import { areCovered, haveSameOrder, isLasting, pageRows, pagesCovering, patched, withNeighbours } from './list-window.ts';

test('the rows that are seen are covered by whole pages', () => {
  expect(pagesCovering(0, 0)).toEqual([0]);
  expect(pagesCovering(pageRows - 1, pageRows)).toEqual([0, 1]);
  expect(pagesCovering(-20, 5)).toEqual([0]);
});

test('beside what is seen the next page is read ahead, then the one before, as far as there are any', () => {
  expect(withNeighbours([3, 4], 9)).toEqual([3, 4, 5, 2]);
  expect(withNeighbours([0], 0)).toEqual([0]);
});

test('what rows hold already is not asked for again', () => {
  expect(areCovered(['id', 'parameters.lr'], ['id', 'status', 'parameters'])).toBe(true);
  expect(areCovered(['id', 'parameters.lr'], ['id', 'parameters.seed'])).toBe(false);
});

test('rows get their newest values where they stand', () => {
  const shown = [
    { id: 'a', n: 1 },
    { id: 'b', n: 1 },
  ];
  expect(
    patched(shown, [
      { id: 'b', n: 2 },
      { id: 'c', n: 2 },
    ]),
  ).toEqual([
    { id: 'a', n: 1 },
    { id: 'b', n: 2 },
  ]);
  expect(haveSameOrder(shown, [{ id: 'a' }, { id: 'b' }])).toBe(true);
  expect(haveSameOrder(shown, [{ id: 'b' }, { id: 'a' }])).toBe(false);
});

test('runs keep their places where neither the filter nor the order looks at what they do', () => {
  expect(isLasting('sweep@* where:"lr<1"', 'parameters.lr')).toBe(true);
  expect(isLasting('', '-id')).toBe(true);
  expect(isLasting('', 'status')).toBe(false);
  expect(isLasting('sweep@* state:failed', 'id')).toBe(false);
});
