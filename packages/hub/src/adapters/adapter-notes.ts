import { WorkerCalls, workerFile } from '@juqueue/core';
import type { AdapterNotesFunctions } from './adapter-notes-worker.ts';

/** What an adapter has to remember and the hub has no word for: values by key, on disk when the promise is fulfilled. */
export class AdapterNotes implements AsyncDisposable {
  readonly #calls: WorkerCalls<AdapterNotesFunctions>;

  constructor(file: string) {
    this.#calls = new WorkerCalls<AdapterNotesFunctions>(workerFile('adapter-notes-worker', import.meta.url), { file });
  }

  async get<Value>(adapter: string, key: string): Promise<Value | null> {
    const [value = null] = await this.getAll<Value>(adapter, [key]);
    return value;
  }

  async getAll<Value>(adapter: string, keys: readonly string[]): Promise<readonly (Value | null)[]> {
    if (keys.length === 0) return [];
    const values = await this.#calls.call('get', { adapter, keys });
    return values.map((value) => (value === null ? null : (JSON.parse(value) as Value)));
  }

  async list<Value>(adapter: string, prefix: string): Promise<readonly { readonly key: string; readonly value: Value }[]> {
    const rows = await this.#calls.call('list', { adapter, prefix });
    return rows.map(({ key, value }) => ({ key, value: JSON.parse(value) as Value }));
  }

  put(adapter: string, key: string, value: unknown): Promise<void> {
    return this.#calls.call('put', { adapter, key, value: JSON.stringify(value) });
  }

  remove(adapter: string, key: string): Promise<void> {
    return this.#calls.call('remove', { adapter, key });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.call('close', null);
    await this.#calls[Symbol.asyncDispose]();
  }
}
