import type { Duplex } from 'node:stream';

/**
 * Messages over a pipe between processes that we wrote both: a line is a JSON list of everything one turn had to say.
 * Batching matters: at a thousand runs a second a write per message would cost more than the messages.
 */
export class LineChannel<Out, In> {
  readonly #stream: Duplex;
  #batch: Out[] = [];

  constructor(stream: Duplex, onMessage: (message: In) => void, onClosed: () => void) {
    this.#stream = stream;
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) for (const message of JSON.parse(line) as readonly In[]) onMessage(message);
    });
    // An error is followed by close; there is nothing else to do about a broken pipe.
    stream.on('error', () => undefined);
    stream.on('close', onClosed);
  }

  send(message: Out): void {
    this.#batch.push(message);
    if (this.#batch.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const line = `${JSON.stringify(this.#batch)}\n`;
    this.#batch = [];
    if (this.#stream.writable) this.#stream.write(line);
  }
}
