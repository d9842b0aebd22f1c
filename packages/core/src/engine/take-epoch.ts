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
 * Takes the epoch after the one of the manager before us, when that one lives no more; one that was left on another host is
 * watched for as long as its counter could still move. Throws JQ_WORK_DIR_LOCKED naming the other. The journal is read after
 * this, never before: only then can no predecessor add to it.
 *
 * Exactly that epoch and no higher one: when it exists, somebody else has followed the manager that we judged (another
 * start of this moment, or one whose signature our cache does not show yet), and that one is to be judged first.
 *
 * `onSigned`: from here on others watch our counter, which must move also while we wait.
 */
export async function takeEpoch(
  files: EpochFiles,
  clock: Clock,
  times: FencingTimes,
  tell: (sentence: string) => void,
  onSigned: () => void,
): Promise<EpochRight> {
  let unsignedEpoch = 0;
  let metEpoch = 0;
  let metAtMs = 0;
  for (;;) {
    const found = await files.leftManager();
    const isPredecessorGone = await outlive(files, found, clock, times, tell);
    const signedEpoch = found?.left.epoch ?? 0;
    const epoch = Math.max(signedEpoch, unsignedEpoch) + 1;
    const begunAt = instantOf(clock);
    if (await files.createEpoch(epoch)) {
      const right = startEpoch(epoch, isPredecessorGone && signedEpoch >= unsignedEpoch, begunAt, instantOf(clock));
      await files.sign(epoch, false);
      onSigned();
      // Until a predecessor that cannot be asked must have seen the new epoch, it may still commit: its journal is not read before.
      const verdict = mayAct(right, instantOf(clock), times);
      if (verdict.kind === 'wait') await pause(clock, verdict.remainingMs);
      return right;
    }
    if (metEpoch !== epoch) {
      metEpoch = epoch;
      metAtMs = clock.monotonicMs();
    }
    // By then its signature would be seen: whoever took it died before that.
    if (clock.monotonicMs() - metAtMs > times.fsStalenessMs + times.takeoverMarginMs)
      unsignedEpoch = Math.max(epoch, await files.highestEpoch());
    await pause(clock, lookAgainMs);
  }
}

/** Takes an epoch above `above` instead of `right`'s: the journal knows higher ones than the folder of epochs. */
export async function raiseEpoch(files: EpochFiles, right: EpochRight, above: number, clock: Clock): Promise<EpochRight> {
  for (let epoch = above + 1; ; epoch += 1) {
    const begunAt = instantOf(clock);
    if (!(await files.createEpoch(epoch))) continue;
    const raised = startEpoch(epoch, right.isPredecessorGone, begunAt, instantOf(clock));
    await files.sign(epoch, false);
    return raised;
  }
}

/** Between two looks for the signature of an epoch that was just taken by somebody else. */
const lookAgainMs = 1_000;

/** Waits until it is certain that no manager before us lives; answers whether none can renew a lease any more. */
async function outlive(
  files: EpochFiles,
  found: FoundManager | null,
  clock: Clock,
  times: FencingTimes,
  tell: (sentence: string) => void,
): Promise<boolean> {
  let awake = startAwakeClock(clock.monotonicMs());
  let stillness = startStillness(awake.awakeMs);
  let firstCounter: number | null = null;
  for (let look = 0; ; look += 1) {
    const verdict = judgeSecondStart(predecessorOf(found, stillness), firstCounter, times);
    if (verdict.kind === 'start') return verdict.isPredecessorGone;
    if (verdict.kind === 'refuse') {
      const who = found === null ? 'another manager' : `the manager with process ${found.left.pid} on ${found.left.host}`;
      throw new JuqueueError(
        'JQ_WORK_DIR_LOCKED',
        `${who} works on this work-dir.`,
        'Stop that one first (juqueue stop), or use another work-dir.',
      );
    }
    if (look === 1 && found !== null)
      tell(
        `The manager on ${found.left.host} left no word of its end; watching whether it lives, ${formatDuration(verdict.remainingMs)} more.`,
      );
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
