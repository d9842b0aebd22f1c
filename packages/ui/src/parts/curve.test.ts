import { expect, test } from 'vitest';
import { curvePath } from './curve.ts';

test('a curve goes from its first place to its last, its highest value at the top', () => {
  expect(
    curvePath(
      [
        { at: 10, value: 0 },
        { at: 20, value: 5 },
        { at: 30, value: 10 },
      ],
      10,
    ),
  ).toEqual({ line: 'M0 98L50 50L100 2', area: 'M0 98L50 50L100 2L100 100L0 100Z' });
});

test('one point is a level line, no point is nothing, and zeros lie on the ground', () => {
  expect(curvePath([{ at: 7, value: 4 }], 4).line).toBe('M0 2L100 2');
  expect(curvePath([], 1).line).toBe('');
  expect(
    curvePath(
      [
        { at: 0, value: 0 },
        { at: 1, value: 0 },
      ],
      0,
    ).line,
  ).toBe('M0 98L100 98');
});
