import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';
import type { AccessRecord } from './access-record.ts';
import type { Switch } from './model.ts';

/** Stops the hub from accepting and offering jobs. What runs goes on, and its results are taken. */
export class KillSwitch {
  readonly #record: AccessRecord;
  readonly #clock: Clock;
  #state: Switch;

  constructor(record: AccessRecord, clock: Clock, state: Switch | null) {
    this.#record = record;
    this.#clock = clock;
    this.#state = state ?? { isClosed: false, reason: null, by: 'hub', atMs: clock.nowMs() };
  }

  get state(): Switch {
    return this.#state;
  }

  /** Throws `JQ_SWITCHED_OFF` while it is closed. */
  check(): void {
    if (!this.#state.isClosed) return;
    throw new JuqueueError(
      'JQ_SWITCHED_OFF',
      `This hub takes no jobs: ${this.#state.reason ?? 'no reason was given'} (${this.#state.by}).`,
      'A manager opens it again.',
    );
  }

  /** Closing counts at once, opening when it is on disk. */
  async set(isClosed: boolean, reason: string | null, actor: string): Promise<Switch> {
    const state: Switch = { isClosed, reason, by: actor, atMs: this.#clock.nowMs() };
    if (isClosed) this.#state = state;
    await this.#record.change([{ kind: 'switch', switch: state }], {
      atMs: state.atMs,
      actor,
      action: isClosed ? 'switched-off' : 'switched-on',
      target: 'hub',
      detail: { reason },
    });
    this.#state = state;
    return state;
  }
}
