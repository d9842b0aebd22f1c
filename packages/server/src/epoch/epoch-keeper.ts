import { join } from 'node:path';
import { formatDuration, judgeSecondStart, JuqueueError, mayAct, readBegan, readCompleted, startAwakeClock, startEpoch, startStillness, wakeUp, workDirPaths } from '@juqueue/core';
import type { Clock, EpochRight, FencingTimes, Instant, ManagerFiles, Predecessor } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { EpochFunctions } from './epoch-worker.ts';

/** The right to act on a work-dir: the highest epoch. Taken once at start, confirmed before acts, shown alive by a counter. */
export class EpochKeeper implements ManagerFiles, AsyncDisposable {
  readonly #worker: WorkerCalls<EpochFunctions>;
  #epoch = 0;

  constructor(workDir: string) {
    this.#worker = new WorkerCalls(workerFile('epoch-worker', import.meta.url), {
      epochsDirectory: join(workDir, workDirPaths.epochs),
      counterFile: join(workDir, workDirPaths.managerCounter),
      managerFile: join(workDir, workDirPaths.manager),
    });
  }

  /**
   * Takes an epoch above all that exist, when no other manager lives on this work-dir. One that was left on another host
   * is watched for as long as its counter could still move. Throws JQ_WORK_DIR_LOCKED naming the other.
   */
  async take(clock: Clock, times: FencingTimes, tell: (sentence: string) => void): Promise<EpochRight> {
    const right = await this.#create(0, await this.#outlive(clock, times, tell), clock);
    // Until a predecessor that cannot be asked must have seen the new epoch, it may still commit: its journal is not read before.
    const verdict = mayAct(right, now(clock), times);
    if (verdict.kind === 'wait') await new Promise<void>((resolve) => void clock.after(verdict.remainingMs, resolve));
    return right;
  }

  /** Takes an epoch above `above` instead of `right`'s: the journal knows higher ones than the folder of epochs. */
  raise(right: EpochRight, above: number, clock: Clock): Promise<EpochRight> {
    return this.#create(above, right.isPredecessorGone, clock);
  }

  async #create(above: number, isPredecessorGone: boolean, clock: Clock): Promise<EpochRight> {
    const createdAt = now(clock);
    this.#epoch = await this.#worker.call('take', { above, owner: `${process.pid}\n` });
    await this.#worker.call('sign', { epoch: this.#epoch, hasEnded: false });
    return startEpoch(this.#epoch, isPredecessorGone, createdAt);
  }

  /** Notes the orderly end, so that the next start needs not wait for our silence. */
  async leave(): Promise<void> {
    await this.#worker.call('sign', { epoch: this.#epoch, hasEnded: true });
  }

  /** Waits until it is certain that no manager before us lives; answers whether none can renew a lease any more. */
  async #outlive(clock: Clock, times: FencingTimes, tell: (sentence: string) => void): Promise<boolean> {
    const found = await this.#worker.call('leftManager', undefined);
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
      if (look > 0) await new Promise<void>((resolve) => void clock.after(Math.min(verdict.remainingMs, times.managerCounterMs), resolve));
      awake = wakeUp(awake, clock.monotonicMs(), times);
      stillness = readBegan(stillness, awake.awakeMs);
      const counter = await this.#worker.call('readCounter', undefined);
      awake = wakeUp(awake, clock.monotonicMs(), times);
      stillness = readCompleted(stillness, counter, awake.awakeMs);
      if (look === 0) firstCounter = counter;
    }
  }

  highestEpoch(): Promise<number> {
    return this.#worker.call('highest', undefined);
  }

  async writeCounter(counter: number): Promise<void> {
    await this.#worker.call('writeCounter', `${this.#epoch} ${counter}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}

type Found = { readonly left: { readonly hasEnded: boolean }; readonly isOfThisBoot: boolean; readonly isAlive: boolean } | null;

function now(clock: Clock): Instant {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}

function predecessorOf(found: Found, counter: ReturnType<typeof startStillness>): Predecessor {
  if (found === null) return { kind: 'none' };
  if (found.left.hasEnded) return { kind: 'ended' };
  if (found.isOfThisBoot) return { kind: 'same-host', isAlive: found.isAlive };
  return { kind: 'other-host', counter, hasAnswered: false };
}
