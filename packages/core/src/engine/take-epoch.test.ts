import { describe, expect, test } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import type { EpochFiles, FoundManager } from '../ports/epoch-files.ts';
import { defaultFencingTimes as times } from '../fencing/fencing-times.ts';
import { takeEpoch } from './take-epoch.ts';

/** Time that runs as fast as somebody waits for it. */
class FastClock implements Clock {
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): { cancel(): void } {
    setImmediate(() => {
      this.#nowMs += delayMs;
      action();
    });
    return { cancel: () => undefined };
  }
}

/** The marks of a work-dir; `shown` is what a cache shows instead of the newest signature, until it is asked for the last time. */
class Marks implements EpochFiles {
  readonly epochs = new Set<number>();
  signature: FoundManager | null = null;
  readonly shown: (FoundManager | null)[] = [];
  readonly signed: number[] = [];

  async leftManager(): Promise<FoundManager | null> {
    const shown = this.shown.shift();
    return shown === undefined ? this.signature : shown;
  }

  async readCounter(): Promise<number | null> {
    return 7;
  }

  async createEpoch(epoch: number): Promise<boolean> {
    if (this.epochs.has(epoch)) return false;
    this.epochs.add(epoch);
    return true;
  }

  async highestEpoch(): Promise<number> {
    return Math.max(0, ...this.epochs);
  }

  async sign(epoch: number, hasEnded: boolean): Promise<void> {
    this.signed.push(epoch);
    this.signature = manager(epoch, { hasEnded });
  }
}

function manager(epoch: number, { host = 'login1', hasEnded = false, isAlive = false } = {}): FoundManager {
  return { left: { host, pid: epoch, epoch, hasEnded }, isOfThisBoot: host === 'login1', isAlive };
}

const take = (marks: Marks, clock: Clock = new FastClock()) =>
  takeEpoch(
    marks,
    clock,
    times,
    () => undefined,
    () => undefined,
  );

describe('a start takes its epoch', () => {
  test('as the first of a work-dir, at once', async () => {
    const marks = new Marks();
    const clock = new FastClock();
    expect(await take(marks, clock)).toMatchObject({ epoch: 1, isPredecessorGone: true });
    expect([clock.nowMs(), marks.signed]).toEqual([0, [1]]);
  });

  test('exactly after that of the manager before it, and is refused while that one lives', async () => {
    const marks = new Marks();
    for (const epoch of [1, 2, 3]) marks.epochs.add(epoch);
    marks.signature = manager(3, { isAlive: true });
    await expect(take(marks)).rejects.toMatchObject({ problem: { code: 'JQ_WORK_DIR_LOCKED' } });
    marks.signature = manager(3);
    expect(await take(marks)).toMatchObject({ epoch: 4, isPredecessorGone: true });
  });

  test('and not above a living manager whose signature its cache does not show: both acted for a minute', async () => {
    const marks = new Marks();
    for (const epoch of [1, 2]) marks.epochs.add(epoch);
    marks.shown.push(manager(1, { hasEnded: true }), manager(1, { hasEnded: true }));
    marks.signature = manager(2, { isAlive: true });
    await expect(take(marks)).rejects.toMatchObject({
      problem: { message: 'the manager with process 2 on login1 works on this work-dir.' },
    });
    expect([...marks.epochs]).toEqual([1, 2]);
  });

  test('of two that start at the same moment one gets it; the other then judges that one', async () => {
    const marks = new Marks();
    const starts = await Promise.allSettled([take(marks), take(marks)]);
    expect(starts.map((start) => start.status).sort()).toEqual(['fulfilled', 'fulfilled']);
    expect(marks.signed).toEqual([1, 2]);
  });

  test('passing over one that was taken by somebody who died before signing, once a signature would have been seen', async () => {
    const marks = new Marks();
    for (const epoch of [1, 2, 3, 4]) marks.epochs.add(epoch);
    marks.signature = manager(1, { hasEnded: true });
    const clock = new FastClock();
    expect(await take(marks, clock)).toMatchObject({ epoch: 5, isPredecessorGone: false });
    expect(clock.nowMs()).toBeGreaterThan(times.fsStalenessMs + times.takeoverMarginMs);
  });

  test('and shows that it lives from its signature on, not only after its wait: it was taken for dead in between', async () => {
    const marks = new Marks();
    marks.epochs.add(1);
    marks.signature = manager(1, { host: 'login2' });
    const clock = new FastClock();
    let signedAtMs = -1;
    const right = await takeEpoch(
      marks,
      clock,
      times,
      () => undefined,
      () => (signedAtMs = clock.nowMs()),
    );
    expect(right).toMatchObject({ epoch: 2, isPredecessorGone: false });
    expect(clock.nowMs() - signedAtMs).toBeGreaterThanOrEqual(times.fsStalenessMs);
  });
});
