import { WorkerCalls, workerFile } from '@juqueue/core';
import type { AccessRecordFunctions } from './access-record-worker.ts';
import type { AccessChange, AccessRecord, AccessState, AuditQuery, SeenNonce } from './access-record.ts';
import type { AuditEntry, StoredAuditEntry } from './model.ts';

/** The record in an SQLite file, which a thread of its own writes. */
export class SqliteAccessRecord implements AccessRecord, AsyncDisposable {
  readonly #calls: WorkerCalls<AccessRecordFunctions>;

  constructor(file: string) {
    this.#calls = new WorkerCalls<AccessRecordFunctions>(workerFile('access-record-worker', import.meta.url), { file });
  }

  load(nowMs: number): Promise<AccessState> {
    return this.#calls.call('load', { nowMs });
  }

  change(changes: readonly AccessChange[], audit: AuditEntry): Promise<void> {
    return this.#calls.call('change', { changes, audit });
  }

  touch(changes: readonly AccessChange[]): Promise<void> {
    return this.#calls.call('change', { changes, audit: null });
  }

  addNonces(nonces: readonly SeenNonce[], nowMs: number): Promise<void> {
    return this.#calls.call('addNonces', { nonces, nowMs });
  }

  audit(query: AuditQuery): Promise<readonly StoredAuditEntry[]> {
    return this.#calls.call('audit', query);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.call('close', undefined as never);
    await this.#calls[Symbol.asyncDispose]();
  }
}
