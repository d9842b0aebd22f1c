import { JuqueueError } from '@juqueue/core';

/** Each holds a socket. */
const mostStreams = 200;

/** Answers that go on: counted, and ended with the hub. */
export class Streams {
  readonly #open = new Set<AbortController>();

  /** A signal that is given when the client has gone or the hub ends. Throws JQ_BUSY. */
  open(gone: AbortSignal): AbortSignal {
    if (this.#open.size >= mostStreams)
      throw new JuqueueError('JQ_BUSY', `${mostStreams} streams are open already.`, 'Close one of them, or read pages.');
    const end = new AbortController();
    this.#open.add(end);
    const close = (): void => {
      this.#open.delete(end);
      end.abort();
    };
    if (gone.aborted) close();
    else gone.addEventListener('abort', close, { once: true });
    return end.signal;
  }

  endAll(): void {
    for (const end of this.#open) end.abort();
    this.#open.clear();
  }
}
