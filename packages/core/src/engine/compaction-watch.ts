import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Compaction } from '../ports/store.ts';
import { engineTimes } from './engine-times.ts';

export interface CompactionWatchPorts {
  readonly compaction: Compaction | null;
  readonly mayAct: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Draws the store together when that pays, one time after the other. A failure costs nothing but disk and a longer start. */
export class CompactionWatch {
  readonly #ports: CompactionWatchPorts;
  #isBusy = false;
  #isStopped = false;
  #notBeforeMs: number;

  constructor(ports: CompactionWatchPorts) {
    this.#ports = ports;
    this.#notBeforeMs = ports.clock.monotonicMs() + engineTimes.compactionRestMs;
  }

  /** Events up to `seq` are durable, and this manager was the one that may act after they were. */
  look(seq: number): void {
    const { compaction, clock } = this.#ports;
    if (compaction === null || this.#isBusy || this.#isStopped || clock.monotonicMs() < this.#notBeforeMs || !compaction.isDue) return;
    this.#isBusy = true;
    void this.#compact(compaction, seq)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => (this.#isBusy = false));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** A manager that was replaced may leave a saved state behind, which nobody reads, and removes nothing. */
  async #compact(compaction: Compaction, seq: number): Promise<void> {
    const { eventBytes, stateBytes } = await compaction.save(seq);
    this.#ports.log.info(`the state up to event ${seq} is saved: ${megabytes(eventBytes)} of events became ${megabytes(stateBytes)}`);
    if (await this.#ports.mayAct()) await compaction.removeOld();
  }

  #failed(error: unknown): void {
    if (this.#isStopped) return;
    this.#notBeforeMs = this.#ports.clock.monotonicMs() + engineTimes.compactionRetryMs;
    this.#ports.log.warn(
      `the journal could not be drawn together, which is tried again later: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
