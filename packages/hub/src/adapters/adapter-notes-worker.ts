import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';
import { saidWhenFull } from '../store/when-full.ts';

const database = new DatabaseSync((workerData as { readonly file: string }).file);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS notes (adapter TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (adapter, key)) STRICT, WITHOUT ROWID;
`);
const get = database.prepare('SELECT value FROM notes WHERE adapter = ? AND key = ?');
const put = database.prepare('INSERT OR REPLACE INTO notes (adapter, key, value) VALUES (?, ?, ?)');
const remove = database.prepare('DELETE FROM notes WHERE adapter = ? AND key = ?');
const list = database.prepare('SELECT key, value FROM notes WHERE adapter = ? AND key >= ? AND key < ? ORDER BY key');

interface Place {
  readonly adapter: string;
  readonly key: string;
}

const functions = {
  get: ({ adapter, keys }: { readonly adapter: string; readonly keys: readonly string[] }): readonly (string | null)[] =>
    keys.map((key) => {
      const row = get.get(adapter, key);
      return row === undefined ? null : String(row['value']);
    }),
  put: ({ adapter, key, value }: Place & { readonly value: string }): void => void put.run(adapter, key, value),
  remove: ({ adapter, key }: Place): void => void remove.run(adapter, key),
  list: ({
    adapter,
    prefix,
  }: {
    readonly adapter: string;
    readonly prefix: string;
  }): readonly { readonly key: string; readonly value: string }[] =>
    list.all(adapter, prefix, `${prefix}\u{10ffff}`).map((row) => ({ key: String(row['key']), value: String(row['value']) })),
  close: (_input: null): void => database.close(),
};

export type AdapterNotesFunctions = typeof functions;

serveCalls(saidWhenFull(functions));
