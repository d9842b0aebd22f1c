import type { ApiClient, LogMatches } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { VisibleBytes } from '../output/visible-text.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface LogsOptions {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tail?: number;
  readonly follow?: boolean;
  readonly raw?: boolean;
  readonly grep?: string;
  readonly ignoreCase?: boolean;
}

type Stream = 'stdout' | 'stderr';

const windowBytes = 1_048_576;
const followIntervalMs = 500;

/**
 * The logs of a run: its stdout on ours, its stderr on ours. What progress bars have overwritten is left out, as a terminal
 * leaves it out, unless `raw`, and a real terminal gets visible text and colours only; with `grep` only the lines of the whole
 * log that hold the text. Following ends when the run has ended and everything has been read.
 */
export async function logs(context: VerbContext, id: string, options: LogsOptions): VerbResult {
  const { client } = await context.connect();
  const streams: readonly Stream[] =
    options.stdout === options.stderr ? ['stdout', 'stderr'] : options.stdout === true ? ['stdout'] : ['stderr'];
  if (options.grep !== undefined) return grep(context, client, id, streams, options.grep, options.ignoreCase === true);
  const readers = streams.map((stream) => new LogReading(client, id, stream, options.tail ?? null, options.raw === true));
  if (context.options.json === true) {
    const texts = await Promise.all(readers.map(async (reader) => [reader.stream, await reader.readText()] as const));
    printJson(context.terminal, { run: id, ...Object.fromEntries(texts) });
    return exitCodes.ok;
  }
  const writers = readers.map((reader) => [reader, writer(context, reader.stream, options.raw === true)] as const);
  for (;;) {
    // Asked before reading: what the run wrote last is there when it is known to have ended.
    const isOver = options.follow !== true || !(await isGoingOn(client, id));
    for (const [reader, take] of writers) await reader.readOn(take);
    if (isOver) return exitCodes.ok;
    await context.sleep(followIntervalMs);
  }
}

/** Ends with noMatch when no line holds the text, as grep does. */
async function grep(
  context: VerbContext,
  client: ApiClient,
  id: string,
  streams: readonly Stream[],
  text: string,
  ignoreCase: boolean,
): VerbResult {
  let found = 0;
  for (const stream of streams) {
    for (let from: number | null = 0; from !== null;) {
      const answer: LogMatches = await client.call('searchLog', { path: { id, stream }, query: { text, ignoreCase, from, limit: 1000 } });
      for (const match of answer.matches) {
        if (context.options.json === true) printJson(context.terminal, { stream, ...match });
        else writer(context, stream, false)(new TextEncoder().encode(`${match.line}\n`));
      }
      found += answer.matches.length;
      from = answer.nextFrom;
    }
  }
  return found > 0 ? exitCodes.ok : exitCodes.noMatch;
}

async function isGoingOn(client: ApiClient, id: string): Promise<boolean> {
  const { status } = await client.call('getRun', { path: { id } });
  return status === 'running' || status === 'ready';
}

function write(context: VerbContext, stream: Stream, text: string | Uint8Array): void {
  if (stream === 'stderr') process.stderr.write(text);
  else context.terminal.raw(text);
}

/** A terminal gets visible text, a file or pipe every byte. */
function writer(context: VerbContext, stream: Stream, isRaw: boolean): (bytes: Uint8Array) => void {
  const isTerminal = stream === 'stdout' ? context.terminal.isOutTerminal : process.stderr.isTTY === true;
  if (!isTerminal || isRaw) return (bytes) => write(context, stream, bytes);
  const visible = new VisibleBytes();
  return (bytes) => write(context, stream, visible.take(bytes));
}

class LogReading {
  readonly stream: Stream;
  readonly #client: ApiClient;
  readonly #id: string;
  readonly #tail: number | null;
  readonly #isRaw: boolean;
  #position: number | null = null;

  constructor(client: ApiClient, id: string, stream: Stream, tail: number | null, isRaw: boolean) {
    this.#client = client;
    this.#id = id;
    this.stream = stream;
    this.#tail = tail;
    this.#isRaw = isRaw;
  }

  /** Hands on everything up to the present end, in windows. A log that became shorter is read from its start again. */
  async readOn(take: (bytes: Uint8Array) => void): Promise<void> {
    for (;;) {
      const { bytes, next, size } = await this.#client.readLog({
        path: { id: this.#id, stream: this.stream },
        query: { ...this.#nextPart(), raw: this.#isRaw },
      });
      if (this.#position !== null && size < this.#position) {
        this.#position = 0;
        continue;
      }
      take(bytes);
      const isStuck = next === this.#position;
      this.#position = next;
      if (next >= size || isStuck) return;
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
