import { describe, expect, it } from 'vitest';
import { checkBegan, checkCompleted, mayAct, mayAnswer, sawEpoch, startEpoch, wokeUp } from './epoch.ts';
import { defaultFencingTimes as times } from './fencing-times.ts';
import type { Instant } from './instant.ts';
import { judgeSecondStart } from './second-start.ts';
import { readBegan, readCompleted, startStillness } from './stillness.ts';
import { whyManagerDrops, whyNodeDrops } from './stale-messages.ts';

const at = (seconds: number): Instant => ({ monotonicMs: seconds * 1_000, wallMs: seconds * 1_000 });
const right = startEpoch(4, true, at(0));

describe('a manager’s right to act', () => {
  it('needs a check that began at most 5 s ago', () => {
    expect(mayAct(right, at(5), times)).toEqual({ kind: 'act' });
    expect(mayAct(right, at(6), times)).toEqual({ kind: 'check-first' });
    expect(mayAct(checkCompleted(checkBegan(right, at(6)), 4), at(11), times)).toEqual({ kind: 'act' });
  });

  it('is not there while a check hangs, and counts a slow one from its beginning', () => {
    const checking = checkBegan(right, at(6));
    expect(mayAct(checking, at(20), times)).toEqual({ kind: 'check-first' });
    expect(mayAct(checkCompleted(checking, 4), at(20), times)).toEqual({ kind: 'check-first' });
  });

  it('waits after a stall until the caches of its host have aged: a manager that was frozen went on beside its successor', () => {
    const awake = wokeUp(right, at(5), times);
    const stalled = wokeUp(awake, at(105), times);
    expect(mayAct(stalled, at(105), times)).toEqual({ kind: 'wait', remainingMs: 60_000 });
    expect(mayAct(checkCompleted(checkBegan(stalled, at(164)), 4), at(166), times)).toEqual({ kind: 'act' });
    expect(mayAct(wokeUp(awake, at(105), { ...times, fsStalenessMs: 0 }), at(105), { ...times, fsStalenessMs: 0 })).toEqual({
      kind: 'check-first',
    });
  });

  it('is settled only after its file was really created: on a hung disk that took minutes, and nobody could see it before', () => {
    const hung = startEpoch(5, false, at(0), at(300));
    expect(mayAct(hung, at(300), times)).toEqual({ kind: 'wait', remainingMs: 65_000 });
  });

  it('is lost for ever by a higher epoch seen anywhere', () => {
    expect(mayAct(checkCompleted(checkBegan(right, at(1)), 5), at(1), times)).toEqual({ kind: 'exit' });
    expect(mayAct(checkCompleted(checkBegan(sawEpoch(right, 5), at(1)), 4), at(1), times)).toEqual({ kind: 'exit' });
    expect(mayAnswer(sawEpoch(right, 5), at(1), times)).toBe(false);
  });

  it('begins, after a predecessor that may live, when that one must have noticed', () => {
    const second = startEpoch(5, false, at(100));
    expect(mayAct(second, at(100), times)).toEqual({ kind: 'wait', remainingMs: 65_000 });
    expect(mayAct(checkCompleted(checkBegan(second, at(165)), 5), at(165), times)).toEqual({ kind: 'act' });
  });

  it('is not needed for answering heartbeats while a file system hangs, for half an hour', () => {
    expect(mayAnswer(right, at(1_800), times)).toBe(true);
    expect(mayAnswer(right, at(1_801), times)).toBe(false);
  });
});

describe('a second start', () => {
  const watched = (...reads: readonly (readonly [seconds: number, counter: number])[]) =>
    reads.reduce(
      (counter, [seconds, seen]) => readCompleted(readBegan(counter, seconds * 1_000), seen, seconds * 1_000),
      startStillness(0),
    );

  it('begins at once where no manager was, or its end is known', () => {
    expect(judgeSecondStart({ kind: 'none' }, null, times)).toEqual({ kind: 'start', isPredecessorGone: true });
    expect(judgeSecondStart({ kind: 'same-host', isAlive: false }, null, times)).toEqual({ kind: 'start', isPredecessorGone: true });
  });

  it('refuses where the manager lives, by its process, its counter or its answer', () => {
    expect(judgeSecondStart({ kind: 'same-host', isAlive: true }, null, times)).toEqual({ kind: 'refuse' });
    expect(judgeSecondStart({ kind: 'other-host', counter: watched([0, 7], [5, 8]), hasAnswered: false }, 7, times)).toEqual({
      kind: 'refuse',
    });
    expect(judgeSecondStart({ kind: 'other-host', counter: watched([0, 7], [200, 7]), hasAnswered: true }, 7, times)).toEqual({
      kind: 'refuse',
    });
  });

  it('takes over from another host after 90 s in which the counter was read and stood still', () => {
    expect(judgeSecondStart({ kind: 'other-host', counter: watched([0, 7], [60, 7]), hasAnswered: false }, 7, times)).toEqual({
      kind: 'watch',
      remainingMs: 30_000,
    });
    expect(judgeSecondStart({ kind: 'other-host', counter: watched([0, 7], [60, 7], [90, 7]), hasAnswered: false }, 7, times)).toEqual({
      kind: 'start',
      isPredecessorGone: false,
    });
  });
});

describe('stale words are dropped by the first reason that holds', () => {
  it('on the node: a lower epoch, another nonce', () => {
    expect(whyNodeDrops({ epoch: 4, nonce: 'n1' }, { epoch: 3, nonce: 'n0' })).toBe('lower-epoch');
    expect(whyNodeDrops({ epoch: 4, nonce: 'n1' }, { epoch: 5, nonce: 'n0' })).toBe('another-nonce');
    expect(whyNodeDrops({ epoch: 4, nonce: 'n1' }, { epoch: 4 })).toBeNull();
  });

  it('on the manager: another nonce, another attempt, an attempt that is over', () => {
    expect(whyManagerDrops({ nonce: 'n1', attempt: 2 }, { nonce: 'n0', attempt: 2 })).toBe('another-nonce');
    expect(whyManagerDrops({ nonce: 'n1', attempt: 2 }, { nonce: 'n1', attempt: 1 })).toBe('another-attempt');
    expect(whyManagerDrops(null, { nonce: 'n1', attempt: 1 })).toBe('another-attempt');
    expect(whyManagerDrops({ nonce: 'n1', attempt: 2 }, { nonce: 'n1', attempt: 2 })).toBeNull();
  });
});
