import type { Clock } from '../ports/clock.ts';
import type { EpochFiles, FoundManager } from '../ports/epoch-files.ts';
import type { EpochRight } from '../fencing/epoch.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';
import type { Instant } from '../fencing/instant.ts';
import type { Predecessor } from '../fencing/second-start.ts';
import type { Stillness } from '../fencing/stillness.ts';
import { startAwakeClock, wakeUp } from '../fencing/awake-clock.ts';
import { mayAct, startEpoch } from '../fencing/epoch.ts';
import { judgeSecondStart } from '../fencing/second-start.ts';
import { readBegan, readCompleted, startStillness } from '../fencing/stillness.ts';
import { formatDuration } from '../model/duration.ts';
import { JuqueueError } from '../model/errors.ts';

/**
 * Takes an epoch above all that exist, when no other manager lives on this work-dir. One that was left on another host is
 * watched for as long as its counter could still move. Throws JQ_WORK_DIR_LOCKED naming the other. The journal is read
 * after this, never before: only then can no predecessor add to it.
 */
export async function takeEpoch(files: EpochFiles, clock: Clock, times: FencingTimes, tell: (sentence: string) => void): Promise<EpochRight> {
  const right = await createEpoch(files, 0, await outlive(files, clock, times, tell), clock);
  // Until a predecessor that cannot be asked must have seen the new epoch, it may still commit: its journal is not read before.
  const verdict = mayAct(right, instantOf(clock), times);
  if (verdict.kind === 'wait') await pause(clock, verdict.remainingMs);
  return right;
}

/** Takes an epoch above `above` instead of `right`'s: the journal knows higher ones than the folder of epochs. */
export function raiseEpoch(files: EpochFiles, right: EpochRight, above: number, clock: Clock): Promise<EpochRight> {
  return createEpoch(files, above, right.isPredecessorGone, clock);
}

async function createEpoch(files: EpochFiles, above: number, isPredecessorGone: boolean, clock: Clock): Promise<EpochRight> {
  const createdAt = instantOf(clock);
  const epoch = await files.takeEpoch(above);
  await files.sign(epoch, false);
  return startEpoch(epoch, isPredecessorGone, createdAt);
}

/** Waits until it is certain that no manager before us lives; answers whether none can renew a lease any more. */
async function outlive(files: EpochFiles, clock: Clock, times: FencingTimes, tell: (sentence: string) => void): Promise<boolean> {
  const found = await files.leftManager();
  let awake = startAwakeClock(clock.monotonicMs());
  let stillness = startStillness(awake.awakeMs);
  let firstCounter: number | null = null;
  for (let look = 0; ; look += 1) {
    const verdict = judgeSecondStart(predecessorOf(found, stillness), firstCounter, times);
    if (verdict.kind === 'start') return verdict.isPredecessorGone;
    if (verdict.kind === 'refuse') {
      const who = found === null ? 'another manager' : `the manager with process ${found.left.pid} on ${found.left.host}`;
      throw new JuqueueError('JQ_WORK_DIR_LOCKED', `${who} works on this work-dir.`, 'Stop that one first (juqueue stop), or use another work-dir.');
    }
    if (look === 1 && found !== null) tell(`The manager on ${found.left.host} left no word of its end; watching whether it lives, ${formatDuration(verdict.remainingMs)} more.`);
    if (look > 0) await pause(clock, Math.min(verdict.remainingMs, times.managerCounterMs));
    awake = wakeUp(awake, clock.monotonicMs(), times);
    stillness = readBegan(stillness, awake.awakeMs);
    const counter = await files.readCounter();
    awake = wakeUp(awake, clock.monotonicMs(), times);
    stillness = readCompleted(stillness, counter, awake.awakeMs);
    if (look === 0) firstCounter = counter;
  }
}

function predecessorOf(found: FoundManager | null, counter: Stillness): Predecessor {
  if (found === null) return { kind: 'none' };
  if (found.left.hasEnded) return { kind: 'ended' };
  if (found.isOfThisBoot) return { kind: 'same-host', isAlive: found.isAlive };
  return { kind: 'other-host', counter, hasAnswered: false };
}

function instantOf(clock: Clock): Instant {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
