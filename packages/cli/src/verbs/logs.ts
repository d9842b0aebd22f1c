import type { ApiClient } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface LogsOptions {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tail?: number;
  readonly follow?: boolean;
}

type Stream = 'stdout' | 'stderr';

const windowBytes = 1_048_576;
const followIntervalMs = 500;

/**
 * The logs of a run as they are: its stdout on ours, its stderr on ours, so that pipes see what the program's own pipes
 * would have seen. Following ends when the run has ended and everything has been read.
 */
export async function logs(context: VerbContext, id: string, options: LogsOptions): VerbResult {
  const { client } = await context.connect();
  const streams: readonly Stream[] = options.stdout === options.stderr ? ['stdout', 'stderr'] : options.stdout === true ? ['stdout'] : ['stderr'];
  const readers = streams.map((stream) => new LogReading(client, id, stream, options.tail ?? null));
  if (context.options.json === true) {
    const texts = await Promise.all(readers.map(async (reader) => [reader.stream, await reader.readText()] as const));
    printJson(context.terminal, { run: id, ...Object.fromEntries(texts) });
    return exitCodes.ok;
  }
  for (;;) {
    // Asked before reading: what the run wrote last is there when it is known to have ended.
    const isOver = options.follow !== true || !(await isGoingOn(client, id));
    for (const reader of readers) await reader.readOn((bytes) => write(context, reader.stream, bytes));
    if (isOver) return exitCodes.ok;
    await context.sleep(followIntervalMs);
  }
}

async function isGoingOn(client: ApiClient, id: string): Promise<boolean> {
  const { status } = await client.call('getRun', { path: { id } });
  return status === 'running' || status === 'ready';
}

function write(context: VerbContext, stream: Stream, bytes: Uint8Array): void {
  if (stream === 'stdout') context.terminal.out(bytes);
  else process.stderr.write(bytes);
}

class LogReading {
  readonly stream: Stream;
  readonly #client: ApiClient;
  readonly #id: string;
  readonly #tail: number | null;
  #position: number | null = null;

  constructor(client: ApiClient, id: string, stream: Stream, tail: number | null) {
    this.#client = client;
    this.#id = id;
    this.stream = stream;
    this.#tail = tail;
  }

  /** Hands on everything up to the present end, in windows. A log that became shorter is read from its start again. */
  async readOn(take: (bytes: Uint8Array) => void): Promise<void> {
    for (;;) {
      const { bytes, from, size } = await this.#client.readLog({ path: { id: this.#id, stream: this.stream }, query: this.#nextPart() });
      if (this.#position !== null && size < this.#position) {
        this.#position = 0;
        continue;
      }
      take(bytes);
      this.#position = from + bytes.length;
      if (this.#position >= size || bytes.length === 0) return;
    }
  }

  async readText(): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    await this.readOn((bytes) => (text += decoder.decode(bytes, { stream: true })));
    return text + decoder.decode();
  }

  #nextPart(): { readonly tail: number } | { readonly from: number; readonly bytes: number } {
    if (this.#position === null && this.#tail !== null) return { tail: this.#tail };
    return { from: this.#position ?? 0, bytes: windowBytes };
  }
}
