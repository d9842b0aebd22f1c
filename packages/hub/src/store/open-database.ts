import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JuqueueError } from '@juqueue/core';
import { migrations } from './migrations.ts';

/**
 * The record of the hub in its data folder, closed to others, in its present shape. Throws JQ_DATA_DIR_LOCKED when another
 * hub works on it: the lock is one of the operating system and ends with its process.
 */
export function openDatabase(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  takeLock(folder);
  const file = join(folder, databaseName);
  const db = new DatabaseSync(file);
  chmodSync(file, 0o600);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  migrate(db, file);
  return db;
}

/** A connection beside the one that writes: it waits for no commit. */
export function openAgain(folder: string): DatabaseSync {
  const db = new DatabaseSync(join(folder, databaseName));
  db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  return db;
}

const databaseName = 'hub.sqlite';

/** Held by this connection for as long as the process lives. */
let lock: DatabaseSync | null = null;

function takeLock(folder: string): void {
  lock = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    throw new JuqueueError(
      'JQ_DATA_DIR_LOCKED',
      `Another hub works on ${folder} (${error instanceof Error ? error.message : String(error)}).`,
      'Stop it, or name another folder with --data.',
    );
  }
}

function migrate(db: DatabaseSync, file: string): void {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > migrations.length)
    throw new JuqueueError(
      'JQ_DATA_DIR_NEWER',
      `${file} has version ${found}, this hub knows versions up to ${migrations.length}.`,
      'Use the newer version of JuQueue.',
    );
  for (const [index, step] of migrations.entries()) {
    if (index < found) continue;
    db.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
