import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RunIndexNotice, RunIndexWorkerData } from './run-index-protocol.ts';
import { appliedSeq } from './run-index-questions.ts';
import { runIndexSchema, runIndexSchemaVersion } from './run-index-schema.ts';

export interface OpenIndex {
  readonly database: DatabaseSync;
  readonly notice: RunIndexNotice;
}

/**
 * Opens the index, or begins it anew when what is there is damaged, of another schema or of another history. Where no
 * file can be used at all (another process holds it, the file system knows no locks) it is held in memory: questions
 * are answered all the same. Runs in the index's thread.
 */
export function openIndex({ file, journalSeq }: RunIndexWorkerData): OpenIndex {
  if (file === null) return { database: emptyIndex(':memory:'), notice: { kind: 'in-memory', because: 'it has no file' } };
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return (
      keptIndex(file, journalSeq) ?? { database: newIndex(file), notice: { kind: 'emptied', because: 'there was none', aheadSeq: null } }
    );
  } catch (error) {
    if (!(error instanceof Unusable) && !isDamage(error) && !lacksTables(error))
      return { database: emptyIndex(':memory:'), notice: { kind: 'in-memory', because: messageOf(error) } };
    try {
      return {
        database: newIndex(file),
        notice: { kind: 'emptied', because: messageOf(error), aheadSeq: error instanceof Unusable ? error.aheadSeq : null },
      };
    } catch (secondError) {
      return { database: emptyIndex(':memory:'), notice: { kind: 'in-memory', because: messageOf(secondError) } };
    }
  }
}

/** Says why a sound file is of no use; never leaves this file. */
class Unusable extends Error {
  /** The newest event that it knows, where the journal does not know it. */
  readonly aheadSeq: number | null;
  constructor(message: string, aheadSeq: number | null = null) {
    super(message);
    this.aheadSeq = aheadSeq;
  }
}

/** The index in this file, null when there is no file. Throws when it cannot be used. */
function keptIndex(file: string, journalSeq: number): OpenIndex | null {
  if (!exists(file)) return null;
  const database = new DatabaseSync(file);
  try {
    configure(database);
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version !== runIndexSchemaVersion) throw new Unusable(`it has schema ${version}, not ${runIndexSchemaVersion}`);
    const seq = appliedSeq(database);
    if (seq > journalSeq) throw new Unusable(`it knows event ${seq}, the journal ends with ${journalSeq}`, seq);
    return { database, notice: { kind: 'kept' } };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** An empty index in the place of whatever is there. */
export function newIndex(file: string): DatabaseSync {
  removeIndex(file);
  // Created by us and not by SQLite, which would let others read it; its log gets the same mode.
  closeSync(openSync(file, 'wx', 0o600));
  return emptyIndex(file);
}

export function removeIndex(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}

export function emptyIndex(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  configure(database);
  database.exec(`BEGIN; ${runIndexSchema} PRAGMA user_version = ${runIndexSchemaVersion}; COMMIT;`);
  return database;
}

/**
 * One process has the file, which stays locked, so that the log needs no shared memory (which parallel file systems do
 * not have). The log is synced at checkpoints only: a crash of the machine may cost the newest transactions, never the
 * order of the file, and what is missing comes from the journal.
 */
function configure(database: DatabaseSync): void {
  database.exec(
    'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;',
  );
}

/** Whether the file itself is wrong (SQLITE_CORRUPT, SQLITE_NOTADB), and not the world around it. */
export function isDamage(error: unknown): boolean {
  return [11, 26].includes(primaryCode(error));
}

/** SQLITE_ERROR from a question that we always ask: a table is missing. */
function lacksTables(error: unknown): boolean {
  return primaryCode(error) === 1;
}

function primaryCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}

function exists(file: string): boolean {
  try {
    closeSync(openSync(file, 'r'));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
