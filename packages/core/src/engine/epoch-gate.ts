import type { Clock, Timer } from '../ports/clock.ts';
import type { ManagerFiles } from '../ports/manager-files.ts';
import type { EpochRight } from '../fencing/epoch.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';
import type { Instant } from '../fencing/instant.ts';
import { checkBegan, checkCompleted, mayAct, mayAnswer, wokeUp } from '../fencing/epoch.ts';
import { assertNever } from '../model/assert.ts';
import { engineTimes } from './engine-times.ts';

export interface EpochGatePorts {
  readonly clock: Clock;
  readonly files: ManagerFiles;
  readonly times: FencingTimes;
  /** Called once: a higher epoch exists, this manager has lost the right to act. */
  readonly onSuperseded: () => void;
}

/** Stands before every commit and effect: lets it pass while our epoch is the highest, looks when that is not certain. */
export class EpochGate {
  readonly #ports: EpochGatePorts;
  #right: EpochRight;
  #checking: Promise<void> | null = null;
  #hasTold = false;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(ports: EpochGatePorts, right: EpochRight) {
    this.#ports = ports;
    this.#right = right;
    this.#wakeAgain();
  }

  /** Waits until it is certain; false means never again. */
  async mayAct(): Promise<boolean> {
    for (;;) {
      const verdict = mayAct(this.#wake(), this.#now(), this.#ports.times);
      switch (verdict.kind) {
        case 'act':
          return true;
        case 'exit':
          this.#tell();
          return false;
        case 'check-first':
          await (this.#checking ??= this.#check());
          break;
        case 'wait':
          await this.#pause(verdict.remainingMs);
          break;
        default:
          return assertNever(verdict);
      }
    }
  }

  /** Whether a heartbeat may be answered; that renews a lease and must not wait for a file system. */
  mayAnswer(): boolean {
    return mayAnswer(this.#wake(), this.#now(), this.#ports.times);
  }

  /** Ends the timer; who waits is still answered. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #wakeAgain(): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.clock.after(this.#ports.times.heartbeatMs, () => {
      this.#wake();
      this.#wakeAgain();
    });
  }

  #wake(): EpochRight {
    this.#right = wokeUp(this.#right, this.#now(), this.#ports.times);
    return this.#right;
  }

  /** A work-dir that answers with an error says nothing about the epoch; it is asked again. */
  async #check(): Promise<void> {
    this.#right = checkBegan(this.#right, this.#now());
    try {
      this.#right = checkCompleted(this.#right, await this.#ports.files.highestEpoch());
    } catch {
      await this.#pause(engineTimes.epochRetryMs);
    } finally {
      this.#checking = null;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(ms, resolve));
  }

  #now(): Instant {
    return { monotonicMs: this.#ports.clock.monotonicMs(), wallMs: this.#ports.clock.nowMs() };
  }

  #tell(): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#ports.onSuperseded();
  }
}
