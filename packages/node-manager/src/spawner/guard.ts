import { constants } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpoolRecord } from '@juqueue/core';
import { encodeSpoolRecord, nodeFolderFiles } from '@juqueue/core';
import { lostOutcome, noLastWords, seenOutcome } from '../core/attempt-outcome.ts';
import type { AttemptProcess } from './attempt-process.ts';
import { sweep } from './sweeper.ts';

/** A file system that hangs comes back within minutes or not in the life of this node. */
const appendForMs = 15 * 60_000;
const pauseBetweenTriesMs = 1_000;

export interface Guarded {
  readonly folder: string;
  readonly nonce: string;
  readonly guard: number;
  readonly guards: number;
  readonly attempts: readonly AttemptProcess[];
  /** What everything has that this guard's process started. */
  readonly mark: number | null;
}

/**
 * What remains to be done when the NodeManager has died: end every process of this node, then write down what became of
 * our attempts and that this guard's part of the node executes nothing any more. In this order: the mark is the proof.
 *
 * A node that had to take a new nonce may have attempts whose ends are not yet in the folder of the old one, where the
 * manager looks for them: each is written where it belongs.
 */
export async function guard(guarded: Guarded): Promise<void> {
  for (const attempt of guarded.attempts) attempt.kill();
  await sweep((marks) => marks.nonce === guarded.nonce || (marks.inherited !== null && marks.inherited.mark === guarded.mark));
  const atMs = Date.now();
  const closed: SpoolRecord = { kind: 'closed', by: 'guard', atMs, guard: guarded.guard, guards: guarded.guards };
  const folders = new Set([guarded.folder, ...guarded.attempts.map(({ folder }) => folder)]);
  const appends = [...folders].map((folder) => {
    const ended = guarded.attempts.filter((attempt) => attempt.folder === folder).map((attempt) => lastRecord(attempt, atMs));
    return append(join(folder, nodeFolderFiles.spool), [...ended, closed].map(encodeSpoolRecord).join(''));
  });
  await Promise.all(appends);
}

function lastRecord({ plan, ended, startedAtMs }: AttemptProcess, atMs: number): SpoolRecord {
  const outcome =
    ended === null || ended.wasSignalled
      ? lostOutcome({ startedAtMs, endedAtMs: ended?.atMs ?? atMs }, 'the NodeManager died; its guard ended the run')
      : seenOutcome(ended.exit, { startedAtMs, endedAtMs: ended.atMs }, null, noLastWords);
  return { kind: 'ended', run: plan.run, attempt: plan.attempt, outcome };
}

async function append(spool: string, records: string): Promise<void> {
  const giveUpAtMs = Date.now() + appendForMs;
  while (Date.now() < giveUpAtMs) {
    try {
      await appendFile(spool, records, {
        flag: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
        mode: 0o600,
        flush: true,
      });
      return;
    } catch (error) {
      // The work-dir was deleted, and nobody is left to read it.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await sleep(pauseBetweenTriesMs);
    }
  }
}
