import type { FileHandle } from 'node:fs/promises';
import { collapseProgress } from './collapse-progress.ts';

export interface LogSearch {
  readonly text: string;
  /** Upper and lower case are the same, in ASCII. */
  readonly ignoresCase: boolean;
  /** The first byte that is looked at. */
  readonly from: number;
  readonly limit: number;
}

/** One line that holds the text. `offset` is where it begins in the file. */
export interface LogMatch {
  readonly offset: number;
  /** As a terminal would show it, ANSI sequences kept, cut after 2 000 bytes. */
  readonly line: string;
}

/** `nextFrom` is where to go on when the limit or the time was reached before the end; null at the end. */
export interface LogMatches {
  readonly size: number;
  readonly matches: readonly LogMatch[];
  readonly nextFrom: number | null;
}

export const noMatches: LogMatches = { size: 0, matches: [], nextFrom: null };

const chunkBytes = 4 * 1_048_576;
/** A request that takes longer looks dead; the caller asks on from where it ended. */
const patienceMs = 2_000;
const shownBytes = 2_000;
const newline = 10;

/**
 * Searches whole lines from `from` to the end, about a gigabyte a second. A line that is longer than a chunk is searched in
 * pieces, of which each may be found.
 */
export async function searchLog(file: FileHandle, search: LogSearch): Promise<LogMatches> {
  const { size } = await file.stat();
  const needle = encode(Buffer.from(search.text), search.ignoresCase);
  const untilMs = performance.now() + patienceMs;
  const buffer = Buffer.alloc(Math.min(chunkBytes, Math.max(1, size - search.from)));
  const matches: LogMatch[] = [];
  let at = Math.min(search.from, size);
  while (at < size) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    const isEnd = at + bytesRead >= size;
    const lastNewline = buffer.lastIndexOf(newline, bytesRead - 1);
    const chunk = buffer.subarray(0, isEnd || lastNewline === -1 ? bytesRead : lastNewline + 1);
    const foundTo = findLines(chunk, needle, search, at, matches);
    if (foundTo !== null) return { size, matches, nextFrom: at + foundTo };
    at += chunk.length;
    if (at < size && performance.now() > untilMs) return { size, matches, nextFrom: at };
  }
  return { size, matches, nextFrom: null };
}

/** Adds the lines of the chunk that hold the needle; answers where to go on when the limit is reached. */
function findLines(chunk: Buffer, needle: string, search: LogSearch, chunkAt: number, matches: LogMatch[]): number | null {
  const text = encode(chunk, search.ignoresCase);
  for (let at = text.indexOf(needle); at !== -1;) {
    if (matches.length === search.limit) return chunk.lastIndexOf(newline, at) + 1;
    const begin = at === 0 ? 0 : chunk.lastIndexOf(newline, at - 1) + 1;
    const found = chunk.indexOf(newline, at);
    const end = found === -1 ? chunk.length : found;
    matches.push({ offset: chunkAt + begin, line: shown(chunk.subarray(begin, end)) });
    at = text.indexOf(needle, end);
  }
  return null;
}

/** One character per byte, so that places in the text are places in the file. */
function encode(bytes: Buffer, ignoresCase: boolean): string {
  const text = bytes.toString('latin1');
  return ignoresCase ? text.toLowerCase() : text;
}

function shown(line: Buffer): string {
  return Buffer.from(collapseProgress(line, false)).subarray(0, shownBytes).toString('utf8').replace(/\r$/, '');
}
