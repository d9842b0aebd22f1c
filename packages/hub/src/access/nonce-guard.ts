import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';
import type { AccessRecord, SeenNonce } from './access-record.ts';

/** How far a request's timestamp may be from the hub's clock. */
export const timestampDriftMs = 300_000;
const nonceForm = /^[\x21-\x7e]{16,128}$/;

/** Lets each signed request pass once: its nonce is on disk before it is let in, and survives a restart. */
export class NonceGuard {
  readonly #record: AccessRecord;
  readonly #clock: Clock;
  readonly #seen: Map<string, number>;
  #gathering: { readonly nonces: SeenNonce[]; readonly written: Promise<void> } | null = null;
  #writing: Promise<void> = Promise.resolve();
  #sweepAtMs = 0;

  constructor(record: AccessRecord, clock: Clock, seen: readonly SeenNonce[]) {
    this.#record = record;
    this.#clock = clock;
    this.#seen = new Map(seen.map(({ agent, nonce, untilMs }) => [keyOf(agent, nonce), untilMs]));
  }

  /** Throws `JQ_UNAUTHORIZED` for a timestamp out of range and for a nonce that was used. Ask only once the signature is right. */
  async pass(agent: string, nonce: string, timestampSeconds: number): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const driftMs = timestampSeconds * 1_000 - nowMs;
    if (!(Math.abs(driftMs) <= timestampDriftMs)) {
      throw new JuqueueError(
        'JQ_UNAUTHORIZED',
        `The timestamp ${timestampSeconds} differs from the hub's clock by ${Math.round(driftMs / 1_000)} s, expected at most ${timestampDriftMs / 1_000} s.`,
        'Set the clock of that machine.',
      );
    }
    if (!nonceForm.test(nonce))
      throw new JuqueueError('JQ_UNAUTHORIZED', 'The nonce does not have the expected form: 16 to 128 visible ASCII characters.');
    const key = keyOf(agent, nonce);
    if (this.#seen.has(key))
      throw new JuqueueError('JQ_UNAUTHORIZED', 'The nonce was used before: this request is a repetition.', 'Sign each request anew.');
    const untilMs = timestampSeconds * 1_000 + 2 * timestampDriftMs;
    this.#seen.set(key, untilMs);
    this.#sweep(nowMs);
    await this.#write({ agent, nonce, untilMs });
  }

  /** Those that come while others are being written go to disk together. */
  #write(nonce: SeenNonce): Promise<void> {
    if (this.#gathering !== null) {
      this.#gathering.nonces.push(nonce);
      return this.#gathering.written;
    }
    const nonces = [nonce];
    const written = this.#writing.then(() => {
      this.#gathering = null;
      return this.#record.addNonces(nonces, this.#clock.nowMs());
    });
    this.#gathering = { nonces, written };
    this.#writing = written.catch(() => undefined);
    return written;
  }

  #sweep(nowMs: number): void {
    if (nowMs < this.#sweepAtMs) return;
    this.#sweepAtMs = nowMs + timestampDriftMs;
    for (const [key, untilMs] of this.#seen) if (untilMs < nowMs) this.#seen.delete(key);
  }
}

function keyOf(agent: string, nonce: string): string {
  return `${agent}\n${nonce}`;
}
