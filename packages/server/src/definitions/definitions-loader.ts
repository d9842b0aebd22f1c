import { rememberDefinitionHashes, workerFile, WorkerCalls } from '@juqueue/core';
import type { Definitions, RunDefinition } from '@juqueue/core';
import type { DefinitionsWorkerFunctions, LoadInput, LoadOutput, LoadTrigger } from './definitions-worker.ts';
import type { NamedFile } from './file-mark.ts';
import type { NotifyWish } from './read-notify-file.ts';

/** What a def-dir says at one moment. `files` name the content it was read from, by hash. */
export interface LoadedDefinitions extends Definitions {
  readonly isMissing: boolean;
  readonly files: readonly { readonly path: string; readonly hash: string }[];
  readonly namedFiles: readonly NamedFile[];
  readonly notify: NotifyWish;
  /** Why what was saved must not take effect by itself; null when it may. */
  readonly objection: string | null;
}

/** Runs in one message: reading it takes the main thread about 10 ms, and heartbeats are answered between two. */
const runsPerMessage = 2_000;
/** The worker keeps the texts and trees of the last load in memory; nobody needs them when all is fetched. */
const workerIdleMs = 2_000;

/** Reads a def-dir in a worker thread. One load at a time. */
export class DefinitionsLoader implements AsyncDisposable {
  readonly #input: LoadInput;
  readonly #worker = new WorkerCalls<DefinitionsWorkerFunctions>(workerFile('definitions-worker', import.meta.url), undefined, {
    idleMs: workerIdleMs,
  });
  #programs: LoadOutput['programs'] = [];
  #tail: Promise<unknown> = Promise.resolve();

  constructor(input: LoadInput) {
    this.#input = input;
  }

  /** Rejects only when the worker itself fails; whatever is wrong with the definitions is a problem in the answer. */
  load(trigger: LoadTrigger = 'request'): Promise<LoadedDefinitions> {
    const loading = this.#tail.then(() => this.#load(trigger));
    this.#tail = loading.catch(() => undefined);
    return loading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }

  async #load(trigger: LoadTrigger): Promise<LoadedDefinitions> {
    const { programs, ...head } = await this.#worker.call('load', { ...this.#input, trigger, known: this.#programs });
    this.#programs = programs;
    const experiments = [];
    for (const [index, { runCount, ...experiment }] of head.experiments.entries())
      experiments.push({ ...experiment, runs: await this.#runs(index, runCount) });
    return { ...head, experiments };
  }

  async #runs(experiment: number, runCount: number): Promise<readonly RunDefinition[]> {
    const all: RunDefinition[] = [];
    const allHashes: string[] = [];
    for (let from = 0; from < runCount; from += runsPerMessage) {
      const { runs, hashes } = await this.#worker.call('runs', { experiment, from, count: runsPerMessage });
      for (const run of runs) all.push(run);
      for (const hash of hashes) allHashes.push(hash);
    }
    if (allHashes.length === all.length) rememberDefinitionHashes(all, allHashes);
    return all;
  }
}

/** The interpreter of Python definitions where nobody names one. */
export function defaultPython(): string {
  return process.env['JUQUEUE_PYTHON'] ?? 'python3';
}

/** Reads a def-dir once, for `juqueue validate`: no manager is needed. */
export async function readDefinitionsOnce({
  python = defaultPython(),
  ...input
}: Omit<LoadInput, 'python'> & Partial<Pick<LoadInput, 'python'>>): Promise<LoadedDefinitions> {
  await using loader = new DefinitionsLoader({ ...input, python });
  return await loader.load();
}
