import { FakeClock } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { Refusals } from './refusals.ts';

test('the first wrong tokens of a minute are answered at once, further ones ever later, and after a quiet minute at once again', async () => {
  const clock = new FakeClock();
  const refusals = new Refusals(clock);
  const waited = async (): Promise<number> => {
    const beganMs = clock.monotonicMs();
    let answeredMs: number | null = null;
    void refusals.refuse().then(() => (answeredMs = clock.monotonicMs()));
    for (let i = 0; i < 100 && answeredMs === null; i += 1) await clock.advance(100);
    return Math.floor(((answeredMs ?? Number.NaN) - beganMs) / 1_000);
  };
  const waits: number[] = [];
  for (let i = 0; i < 18; i += 1) waits.push(await waited());
  expect(waits.slice(0, 10)).toEqual(new Array(10).fill(0));
  expect(waits.slice(10)).toEqual([1, 2, 3, 4, 5, 5, 5, 5]);
  await clock.advance(61_000);
  expect(await waited()).toBe(0);
  expect(refusals.total.count).toBe(19);
});

test('a flood of wrong tokens gets a few answers in a second, the rest is cut off, and none holds a socket for long', async () => {
  const clock = new FakeClock();
  const refusals = new Refusals(clock);
  const kinds: string[] = [];
  for (let second = 0; second < 60; second += 1) {
    for (let i = 0; i < 1_000; i += 1) void refusals.refuse().then((kind) => kinds.push(kind));
    await clock.advance(1_000);
  }
  const answered = kinds.filter((kind) => kind === 'answer').length;
  expect(answered).toBeGreaterThan(10);
  expect(answered).toBeLessThan(60 * 10);
  expect(refusals.total.count).toBe(60_000);
});
