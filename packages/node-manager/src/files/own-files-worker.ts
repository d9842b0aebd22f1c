import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { errorLine, tellingLine } from '@juqueue/core';
import type { LastWords } from '../core/attempt-outcome.ts';
import type { RunFiles } from '../launch/run-files.ts';
import type { OutputStarts } from '../spawner/log-files.ts';

/** What a program may write into its own files; the rest is not read. */
const readBytesMax = 2 * 1024;

export interface OwnFile {
  readonly text: string;
  readonly changedAtMs: number;
}

/** The first bytes of a regular file and when it changed; null when there is none. A link is not followed. */
export function readOwnFile(path: string): OwnFile | null {
  let fd: number;
  try {
    // Not blocking: a program may have put a pipe there.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return null;
    const buffer = Buffer.alloc(readBytesMax);
    const bytes = readSync(fd, buffer, 0, readBytesMax, 0);
    return { text: buffer.toString('utf8', 0, bytes), changedAtMs: Math.floor(stats.mtimeMs) };
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** `0.42 any text` → 0.42 and the text. Null when it does not begin with a number from 0 to 1. */
export function parseProgress(text: string): { readonly progress: number; readonly text: string | null } | null {
  const [, number = '', rest = ''] = /^\s*(\d*\.?\d+(?:[eE][-+]?\d+)?)(?:[^\S\n]+([^\n]*))?/.exec(text) ?? [];
  const progress = Number(number);
  if (number === '' || !(progress >= 0 && progress <= 1)) return null;
  return { progress, text: rest.trim() === '' ? null : rest.trim() };
}

/**
 * What an attempt left. With `output` (it has failed) its logs say what went wrong when its error file does not: stderr,
 * else a line of stdout that looks like an error.
 */
export function readLastWords(files: RunFiles, output: OutputStarts | null): LastWords {
  const progress = readOwnFile(files.progress);
  const checkpoint = readOwnFile(files.checkpoint);
  const error = readOwnFile(files.error)?.text.trim() ?? '';
  return {
    progress: progress === null ? null : (parseProgress(progress.text)?.progress ?? null),
    checkpointAtMs: checkpoint?.changedAtMs ?? null,
    errorText:
      error !== ''
        ? error
        : output === null
          ? null
          : (tellingLine(readTail(files.stderr, output.stderr)) ?? errorLine(readTail(files.stdout, output.stdout))),
    hasErrorFile: error !== '',
  };
}

/** What is read of the end of a log; errors stand there. */
const tailBytes = 8 * 1024;

/** The last bytes of a log from `start` on; all of them when it was cut meanwhile. */
function readTail(path: string, start: number): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(size - tailBytes, size >= start ? start : 0, 0);
    const buffer = Buffer.alloc(Math.min(tailBytes, size - from));
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, from));
  } catch {
    return '';
  } finally {
    closeSync(fd);
  }
}

/** They belong to one attempt, and what they said stands in its history now. */
export function removeOwnFiles(files: RunFiles, words: LastWords): void {
  if (words.progress !== null) removeQuietly(files.progress);
  if (words.checkpointAtMs !== null) removeQuietly(files.checkpoint);
  if (words.hasErrorFile) removeQuietly(files.error);
}

/** A log into which nothing was ever written need not exist. */
export function removeEmptyLog(path: string): void {
  try {
    if (lstatSync(path).size === 0) unlinkSync(path);
  } catch {
    // It is not there, which is what was wanted.
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // A file that stays does no harm: the next attempt has its own.
  }
}
