import { styleText } from 'node:util';
import { visibleText } from './visible-text.ts';

export type Tint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command writes: data to `out`, messages to `err`. Real terminals get visible text and colours only. Tests give their own. */
export interface Terminal {
  readonly isInteractive: boolean;
  readonly isOutTerminal: boolean;
  readonly columns: number;
  out(text: string): void;
  /** Exactly these: our own sequences, and bytes that somebody asked for as they are. */
  raw(text: string | Uint8Array): void;
  err(text: string): void;
  /** Colour is extra: every state is a word too. Plain text where nobody looks, or NO_COLOR is set. */
  tint(tint: Tint, text: string): string;
  /** Asks on the terminal; true for yes. */
  confirm(question: string): Promise<boolean>;
}

export function processTerminal(): Terminal {
  const isOutTerminal = process.stdout.isTTY === true;
  return {
    isInteractive: isOutTerminal && process.stdin.isTTY === true,
    isOutTerminal,
    columns: process.stdout.columns ?? 100,
    out: (text) => void process.stdout.write(isOutTerminal ? visibleText(text) : text),
    raw: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(`${process.stderr.isTTY === true ? visibleText(text) : text}\n`),
    tint: (tint, text) => styleText(tint, text, { stream: process.stdout }),
    confirm: async (question) => {
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await lines.question(`${question} [y/N] `);
      lines.close();
      return /^y(es)?$/i.test(answer.trim());
    },
  };
}
