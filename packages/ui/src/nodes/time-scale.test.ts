import { expect, test } from 'vitest';
import { ticksOf, timeAt, xOf, zoomed } from './time-scale.ts';

const hour = { fromMs: 0, toMs: 3_600_000, widthPx: 1_000 };

test('places and instants lead to each other', () => {
  expect(xOf(hour, 900_000)).toBe(250);
  expect(timeAt(hour, 250)).toBe(900_000);
});

test('the axis has round instants, as many as there is room for', () => {
  expect(ticksOf(hour)).toHaveLength(7);
  expect(ticksOf(hour)[1]).toBe(600_000);
  expect(ticksOf({ ...hour, widthPx: 120 }).length).toBeLessThanOrEqual(2);
});

test('zooming keeps the instant under the pointer where it is', () => {
  expect(zoomed(hour, 0.5, 900_000)).toEqual({ fromMs: 450_000, toMs: 2_250_000 });
  expect(zoomed({ fromMs: 0, toMs: 12_000 }, 0.1, 6_000)).toEqual({ fromMs: 1_000, toMs: 11_000 });
});
