import { parentPort, Worker } from 'node:worker_threads';
import { assert } from '../model/assert.ts';
import { JuqueueError } from '../model/errors.ts';
import type { Problem } from '../model/errors.ts';

/** What a worker offers: functions over values that the structured clone algorithm can copy. */
export type WorkerFunctions = Readonly<Record<string, (input: never) => unknown>>;

type Input<F> = F extends (input: infer I) => unknown ? I : never;
type Output<F> = F extends (input: never) => infer O ? Awaited<O> : never;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

type Reply =
  | { readonly id: number; readonly kind: 'done'; readonly output: unknown }
  | { readonly id: number; readonly kind: 'refused'; readonly problem: Problem }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

interface Waiting {
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
}

/** Serves the functions to the thread that started this worker, one call at a time, in the order of the calls. */
export function serveCalls(functions: WorkerFunctions): void {
  const port = parentPort;
  assert(port !== null, 'this file is started as a worker');
  let tail = Promise.resolve();
  port.on('message', (call: Call) => {
    tail = tail.then(async () => port.postMessage(await answer(functions, call)));
  });
}

async function answer(functions: WorkerFunctions, call: Call): Promise<Reply> {
  try {
    const run = functions[call.name];
    assert(run !== undefined, `the worker offers ${call.name}`);
    return { id: call.id, kind: 'done', output: await run(call.input as never) };
  } catch (error) {
    if (error instanceof JuqueueError) return { id: call.id, kind: 'refused', problem: error.problem };
    return { id: call.id, kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

export interface WorkerLife {
  /** The worker is ended when it has had nothing to do for this long, and started anew by the next call. Null: never. */
  readonly idleMs: number | null;
}

/**
 * The calling side. A worker does the work on files, which may hang for minutes with the file system; calls wait in its
 * queue meanwhile. A JuqueueError crosses the border as itself. The worker is started by the first call and does not keep
 * the process alive while idle.
 */
export class WorkerCalls<F extends WorkerFunctions> implements AsyncDisposable {
  readonly #file: URL;
  readonly #workerData: unknown;
  readonly #life: WorkerLife;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  #nextId = 1;

  constructor(file: URL, workerData?: unknown, life: WorkerLife = { idleMs: null }) {
    this.#file = file;
    this.#workerData = workerData;
    this.#life = life;
  }

  get pending(): number {
    return this.#waiting.size;
  }

  call<N extends keyof F & string>(name: N, input: Input<F[N]>): Promise<Output<F[N]>> {
    return new Promise((resolve, reject) => {
      if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: resolve as (output: never) => void, reject });
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage({ id, name, input } satisfies Call);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#file, { workerData: this.#workerData });
    worker.on('message', (reply: Reply) => this.#settle(reply));
    worker.on('error', (error: Error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, new Error('the worker has ended')));
    return worker;
  }

  #rest(): void {
    this.#worker?.unref();
    if (this.#life.idleMs === null) return;
    this.#idleTimer = setTimeout(() => {
      void this.#worker?.terminate();
      this.#worker = null;
    }, this.#life.idleMs).unref();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    assert(waiting !== undefined, 'a worker answers each call once');
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#rest();
    switch (reply.kind) {
      case 'done':
        return waiting.resolve(reply.output as never);
      case 'refused':
        return waiting.reject(new JuqueueError(reply.problem.code, reply.problem.message, reply.problem.hint));
      case 'failed':
        return waiting.reject(new Error(reply.message));
    }
  }

  #fail(worker: Worker, error: Error): void {
    if (worker !== this.#worker) return;
    this.#worker = null;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

/** The worker file beside `importer`, in the sources (`.ts`) as in a bundle (`.js`). */
export function workerFile(name: string, importer: string): URL {
  return new URL(`./${name}${importer.endsWith('.ts') ? '.ts' : '.js'}`, importer);
}
