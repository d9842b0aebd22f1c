import { closeSync, constants, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AttemptOutcome, UsagePoint } from '@juqueue/core';
import { isRecord } from '@juqueue/core';

/** One entry of `juqueue-run.json`. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly node: string;
  readonly host: string;
  readonly slots: readonly number[];
  readonly definitionHash: string | null;
  readonly outcome: AttemptOutcome;
  /** How to do the same by hand. */
  readonly script: string;
  /** What it used over time, when it lived long enough for samples. */
  readonly curve?: readonly UsagePoint[];
}

/** What `juqueue-run.json` says of the attempt that executes now. */
export interface ExecutingRecord {
  readonly attempt: number;
  readonly node: string;
  readonly host: string;
  readonly startedAtMs: number;
  readonly script: string;
}

/**
 * Adds an attempt to the history of its run. What an earlier program of the same file kept there (`status`,
 * `created_at`) stays. A history that cannot be written is not worth a run's outcome, which is told in any case.
 */
export function recordAttempt(path: string, record: AttemptRecord): void {
  change(path, ({ executing: _ended, ...history }) => {
    const attempts = Array.isArray(history['attempts'])
      ? history['attempts'].filter((entry) => !isRecord(entry) || entry['attempt'] !== record.attempt)
      : [];
    return { ...history, status: statusOf(record.outcome), attempts: [...attempts, record] };
  });
}

/** Notes what executes, so that it is known before it ends. */
export function recordExecuting(path: string, executing: ExecutingRecord): void {
  change(path, (history) => ({ ...history, executing }));
}

function change(path: string, to: (history: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>): void {
  try {
    replaceFile(path, `${JSON.stringify(to(readHistory(path)))}\n`);
  } catch (error) {
    process.stderr.write(`${path}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function readHistory(path: string): Readonly<Record<string, unknown>> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    const history: unknown = JSON.parse(readFileSync(fd, 'utf8'));
    return isRecord(history) ? history : {};
  } catch {
    return {};
  } finally {
    closeSync(fd);
  }
}

function replaceFile(path: string, content: string): void {
  const temporary = `${path}.new`;
  // Never into what somebody else has put there under this name, such as another name of a precious file.
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
  try {
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

/** As far as one attempt can tell, in the words that the original's file uses; the manager may decide otherwise. */
function statusOf(outcome: AttemptOutcome): 'finished' | 'failed' | 'ready' {
  if (outcome.kind === 'exit' && outcome.exitCode === 0 && outcome.stopCause === null) return 'finished';
  return outcome.stopCause === null && outcome.kind !== 'lost' && outcome.kind !== 'never-started' ? 'failed' : 'ready';
}
