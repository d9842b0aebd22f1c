import { expect, test } from 'vitest';
import { bar } from './bar.ts';

test.each([
  [0, '░░░░'],
  [0.5, '██░░'],
  [0.53125, '██▏░'],
  [1, '████'],
  [7, '████'],
  [-1, '░░░░'],
])('a share of %d is drawn as %s', (share, text) => {
  expect(bar(share, 4)).toBe(text);
});
