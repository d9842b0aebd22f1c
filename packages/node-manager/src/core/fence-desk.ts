import type { FenceConfirmation, FenceOrder, Nonce } from '@juqueue/core';
import { encodeFenceConfirmation } from '@juqueue/core';
import type { AttemptDesk } from './attempt-desk.ts';
import type { NodePorts } from './node-ports.ts';

/**
 * Obeys fence orders from the work-dir: ends the attempts that they name and confirms it there, again whenever more of it
 * is done, until each has its outcome.
 */
export class FenceDesk {
  readonly #storage: NodePorts['storage'];
  readonly #desk: AttemptDesk;
  #order: FenceOrder | null = null;
  #confirmed: string | null = null;

  constructor(storage: NodePorts['storage'], desk: AttemptDesk) {
    this.#storage = storage;
    this.#desk = desk;
  }

  /** The lease has allowed it. Reading the same order again changes nothing. */
  obey(order: FenceOrder): void {
    this.#order = order;
    this.#desk.kill(order.attempts);
    this.confirm(order.nonce);
  }

  /** To be called whenever an attempt may have ended. */
  confirm(nonce: Nonce): void {
    if (this.#order === null || this.#order.nonce !== nonce) return;
    const { epoch, attempts } = this.#order;
    const confirmation: FenceConfirmation = {
      epoch,
      nonce,
      attempts: attempts.map(({ run, attempt }) => ({ run, attempt, outcome: this.#desk.outcomeOf({ run, attempt }) })),
    };
    const content = encodeFenceConfirmation(confirmation);
    if (content === this.#confirmed) return;
    this.#confirmed = content;
    this.#storage.writeFenceConfirmation(nonce, content);
  }
}
