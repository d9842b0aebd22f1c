import { ApiClient } from '@juqueue/client';
import type { Transport } from '@juqueue/client';
import type { Terminal } from '../src/output/terminal.ts';
import type { VerbContext } from '../src/verb.ts';

/** A terminal that keeps what is written to it; tints stand as `<red>text</>`. */
export class KeptTerminal implements Terminal {
  readonly isInteractive = false;
  readonly isOutTerminal: boolean;
  readonly columns = 100;
  /** What was written, with a new entry after each sleep. */
  readonly written: string[] = [''];
  readonly told: string[] = [];

  constructor(isOutTerminal: boolean) {
    this.isOutTerminal = isOutTerminal;
  }

  out(text: string | Uint8Array): void {
    this.written[this.written.length - 1] += typeof text === 'string' ? text : Buffer.from(text).toString();
  }

  raw(text: string | Uint8Array): void {
    this.out(text);
  }

  err(text: string): void {
    this.told.push(text);
  }

  tint(tint: string, text: string): string {
    return `<${tint}>${text}</>`;
  }

  async confirm(): Promise<boolean> {
    return false;
  }
}

/** Thrown by the sleep of a command that would go on for ever. */
export class EnoughSeen extends Error {}

/** A command's surroundings: each path is answered by its list, one answer after the other, the last one again and again. */
export function scriptedContext(
  terminal: KeptTerminal,
  answers: Readonly<Record<string, readonly unknown[]>>,
  options: { readonly json?: boolean; readonly looks?: number } = {},
): VerbContext {
  const asked = new Map<string, number>();
  let nowMs = 1_000_000;
  const transport: Transport = async ({ path }) => {
    const place = path.split('?')[0] ?? '';
    const list = answers[place] ?? [];
    const turn = asked.get(place) ?? 0;
    asked.set(place, turn + 1);
    const body = Buffer.from(JSON.stringify(list[Math.min(turn, list.length - 1)]));
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: (async function* () {
        yield body;
      })(),
    };
  };
  return {
    terminal,
    options: { json: options.json ?? false },
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      terminal.written.push('');
      if (terminal.written.length > (options.looks ?? 10)) throw new EnoughSeen();
    },
    connect: async () => ({
      workDir: '/w',
      token: 't',
      record: { version: '1', host: 'login1', pid: 1, url: null, socketPath: '/s', defDir: null, secretsDir: '/w' },
      client: new ApiClient(transport, 't'),
    }),
  };
}
