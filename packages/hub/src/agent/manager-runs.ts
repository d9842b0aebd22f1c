import { ApiError, NoAnswer } from '@juqueue/client';
import type { ApiClient } from '@juqueue/client';
import type { Room } from '../agent-protocol/messages.ts';
import { pause } from './retrying.ts';
import { ManagerUnreachable } from './runs-port.ts';
import type { RunDetails, RunsPort } from './runs-port.ts';

/** Finds the manager as it is now: after its restart it has another token. Rejects when there is none. */
export type ConnectToManager = () => Promise<ApiClient>;

/** Bytes of a log in one answer. */
const logWindowBytes = 1024 * 1024;
/** Between two looks at what happened; a job's end is told this much later. */
const lookIntervalMs = 1_000;

interface Waiter {
  readonly run: string;
  wake(): void;
}

/** Runs of one experiment over the manager's own interface, by its unix socket and token. */
export class ManagerRuns implements RunsPort {
  readonly #connect: ConnectToManager;
  readonly #experiment: string;
  readonly #clusters: readonly string[];
  #client: ApiClient | null = null;
  #since: number | null = null;
  readonly #waiters = new Set<Waiter>();
  #watching: Promise<void> | null = null;

  constructor(connect: ConnectToManager, experiment: string, clusters: readonly string[]) {
    this.#connect = connect;
    this.#experiment = experiment;
    this.#clusters = clusters;
  }

  async details(run: string): Promise<RunDetails | null> {
    const found = await this.#ask(async (client) => {
      try {
        return await client.call('getRun', { path: { id: this.#id(run) } });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    });
    if (found === null) return null;
    const { name, status, reason, detail, startedAtMs, endedAtMs, outcome, execution, node, progress, progressText, clusters } = found;
    return {
      run: { name, status, reason, detail, startedAtMs, endedAtMs },
      end:
        outcome === null
          ? null
          : {
              kind: outcome.startedAtMs === null && outcome.kind !== 'lost' ? 'never-started' : outcome.kind,
              exitCode: outcome.exitCode,
              signal: outcome.signal,
              detail: outcome.detail,
            },
      node: execution?.node ?? node,
      cluster: clusters[0] ?? null,
      progress: progress === null ? null : { fraction: progress, text: progressText ?? '' },
    };
  }

  async cancel(run: string, reason: string): Promise<void> {
    await this.#ask((client) => client.call('cancelRuns', { body: { selector: { q: this.#id(run) }, force: true, reason } }));
  }

  async resume(run: string): Promise<void> {
    await this.#ask((client) => client.call('resumeRuns', { body: { selector: { q: this.#id(run) }, reason: 'the hub wants it' } }));
  }

  async readLog(run: string, stream: 'stdout' | 'stderr', from: number): Promise<Uint8Array> {
    const { bytes } = await this.#ask((client) =>
      client.readLog({ path: { id: this.#id(run), stream }, query: { from, bytes: logWindowBytes, raw: true } }),
    );
    return bytes;
  }

  async room(isDraining: boolean): Promise<Room> {
    const { freeSlots, openSlots, nextFreeInMs } = await this.#ask((client) =>
      client.call('getRoom', { query: { cluster: this.#clusters } }),
    );
    return { freeSlots, openSlots, nextFreeInMs, isDraining };
  }

  async definitionTrouble(): Promise<string | null> {
    const { problems } = await this.#ask((client) => client.call('getDefinitions', {}));
    const own = problems.find(({ file, severity }) => severity === 'error' && file.endsWith(`${this.#experiment}.runs.jsonl`));
    return own === undefined ? null : own.message;
  }

  async waitForNews(run: string, waitMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const waiter: Waiter = { run, wake: () => woken.abort() };
    this.#waiters.add(waiter);
    this.#watching ??= this.#watch().finally(() => (this.#watching = null));
    await pause(waitMs, AbortSignal.any([signal, woken.signal]));
    this.#waiters.delete(waiter);
  }

  /** One look at what happened for all who wait; each is woken by what concerns its run. */
  async #watch(): Promise<void> {
    while (this.#waiters.size > 0) {
      const page = await this.#ask(async (client) => {
        this.#since ??= (await client.call('getOverview', {})).seq;
        return client.call('listEvents', { query: { since: this.#since, limit: 1_000 } });
      }).catch(() => null);
      if (page !== null) this.#since = page.nextSince;
      const runs = new Set(page?.events.map(({ run, experiment }) => run ?? (experiment === this.#experiment ? null : '')));
      for (const waiter of this.#waiters) if (runs.has(null) || runs.has(this.#id(waiter.run))) waiter.wake();
      if (page === null || page.events.length < 1_000) await pause(lookIntervalMs, new AbortController().signal);
    }
  }

  async #ask<T>(question: (client: ApiClient) => Promise<T>): Promise<T> {
    try {
      this.#client ??= await this.#connect();
      return await question(this.#client);
    } catch (error) {
      this.#client = null;
      if (error instanceof ApiError && error.status !== 401 && error.status < 500) throw error;
      if (error instanceof ApiError || error instanceof NoAnswer || error instanceof Error)
        throw new ManagerUnreachable(`the manager does not answer: ${error.message}`, error);
      throw error;
    }
  }

  #id(run: string): string {
    return `${this.#experiment}@${run}`;
  }
}
