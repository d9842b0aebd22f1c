import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { assertNever, serveCalls } from '@juqueue/core';
import type { AccessChange, AccessState, AuditQuery, SeenNonce } from './access-record.ts';
import type { ApiKey, AuditEntry, Credential, StoredAuditEntry, Switch, User } from './model.ts';
import { saidWhenFull } from '../store/when-full.ts';

const database = new DatabaseSync((workerData as { readonly file: string }).file);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS items (kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS nonces (agent TEXT NOT NULL, nonce TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (agent, nonce)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS nonces_until ON nonces (until_ms);
  CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
`);
const putItem = database.prepare('INSERT OR REPLACE INTO items (kind, id, value) VALUES (?, ?, ?)');
const itemsOf = database.prepare('SELECT value FROM items WHERE kind = ? ORDER BY id');
const putNonce = database.prepare('INSERT INTO nonces (agent, nonce, until_ms) VALUES (?, ?, ?)');
const forgetNonces = database.prepare('DELETE FROM nonces WHERE until_ms < ?');
const putAudit = database.prepare('INSERT INTO audit (at_ms, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)');

function transaction(work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function put(change: AccessChange): void {
  switch (change.kind) {
    case 'user':
      return void putItem.run('user', change.user.name, JSON.stringify(change.user));
    case 'key':
      return void putItem.run('key', change.key.id, JSON.stringify(change.key));
    case 'credential':
      return void putItem.run('credential', change.credential.id, JSON.stringify(change.credential));
    case 'switch':
      return void putItem.run('switch', 'switch', JSON.stringify(change.switch));
    default:
      assertNever(change);
  }
}

function items<Item>(kind: AccessChange['kind']): readonly Item[] {
  return itemsOf.all(kind).map((row) => JSON.parse(String(row['value'])) as Item);
}

const functions = {
  load({ nowMs }: { readonly nowMs: number }): AccessState {
    return {
      users: items<User>('user'),
      keys: items<ApiKey>('key'),
      credentials: items<Credential>('credential'),
      switch: items<Switch>('switch')[0] ?? null,
      nonces: database
        .prepare('SELECT agent, nonce, until_ms FROM nonces WHERE until_ms >= ?')
        .all(nowMs)
        .map((row) => ({ agent: String(row['agent']), nonce: String(row['nonce']), untilMs: Number(row['until_ms']) })),
    };
  },
  change({ changes, audit }: { readonly changes: readonly AccessChange[]; readonly audit: AuditEntry | null }): void {
    transaction(() => {
      changes.forEach(put);
      if (audit !== null) putAudit.run(audit.atMs, audit.actor, audit.action, audit.target, JSON.stringify(audit.detail));
    });
  },
  addNonces({ nonces, nowMs }: { readonly nonces: readonly SeenNonce[]; readonly nowMs: number }): void {
    transaction(() => {
      forgetNonces.run(nowMs);
      for (const { agent, nonce, untilMs } of nonces) putNonce.run(agent, nonce, untilMs);
    });
  },
  audit({ beforeSeq, limit }: AuditQuery): readonly StoredAuditEntry[] {
    return database
      .prepare('SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?')
      .all(beforeSeq ?? Number.MAX_SAFE_INTEGER, limit)
      .map((row) => ({
        seq: Number(row['seq']),
        atMs: Number(row['at_ms']),
        actor: String(row['actor']),
        action: String(row['action']),
        target: String(row['target']),
        detail: JSON.parse(String(row['detail'])) as StoredAuditEntry['detail'],
      }));
  },
  /** Lets the process end with everything in the file itself. */
  close(): void {
    database.close();
  },
};

export type AccessRecordFunctions = typeof functions;

serveCalls(saidWhenFull(functions));
