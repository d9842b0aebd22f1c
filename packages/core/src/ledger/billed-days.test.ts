import fc from 'fast-check';
import { expect, test } from 'vitest';
import { billedDays } from './billed-days.ts';
import { emptySums, ledgerParts } from './ledger.ts';

const hourMs = 3_600_000;
const midnightMs = Date.UTC(2026, 10, 21);

test('a night is billed on two days, each its part', () => {
  const sums = { ...emptySums(), billed: 4 * 8 * hourMs, useful: 3 * 8 * hourMs, idle: 8 * hourMs };
  expect(billedDays({ fromMs: midnightMs - 2 * hourMs, toMs: midnightMs + 6 * hourMs }, sums)).toMatchObject([
    { dayMs: midnightMs - 24 * hourMs, billedMs: 2 * hourMs, sums: { billed: 8 * hourMs, useful: 6 * hourMs, idle: 2 * hourMs } },
    { dayMs: midnightMs, billedMs: 6 * hourMs, sums: { billed: 24 * hourMs, useful: 18 * hourMs, idle: 6 * hourMs } },
  ]);
});

test('what ended as it began is billed on no day', () => {
  expect(billedDays({ fromMs: midnightMs, toMs: midnightMs }, emptySums())).toEqual([]);
});

test("the parts of a day sum to its bill, and a part's days to the part", () => {
  const world = fc.record({
    fromMs: fc.integer({ min: 0, max: 50 * hourMs }),
    durationMs: fc.integer({ min: 1, max: 80 * hourMs }),
    slots: fc.integer({ min: 1, max: 128 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: ledgerParts.length - 1, maxLength: ledgerParts.length - 1 }),
  });
  fc.assert(
    fc.property(world, ({ fromMs, durationMs, slots, cuts }) => {
      const billed = slots * durationMs;
      const ends = [...cuts.map((cut) => Math.floor(cut * billed)).sort((a, b) => a - b), billed];
      const sums = { ...emptySums(), billed };
      for (const [i, part] of ledgerParts.entries()) sums[part] = (ends[i] ?? billed) - (ends[i - 1] ?? 0);
      const days = billedDays({ fromMs, toMs: fromMs + durationMs }, sums);
      for (const day of days) {
        expect(day.sums.billed).toBe(slots * day.billedMs);
        expect(ledgerParts.reduce((sum, part) => sum + day.sums[part], 0)).toBe(day.sums.billed);
        for (const part of ledgerParts) expect(day.sums[part]).toBeGreaterThanOrEqual(0);
      }
      for (const part of ledgerParts) expect(days.reduce((sum, day) => sum + day.sums[part], 0)).toBe(sums[part]);
    }),
  );
});
