import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SlotSegment, TimelineQuestion } from '../model/node-timeline.ts';
import type { DispatchQuestion, DispatchStretch } from '../model/dispatch-time.ts';
import type { LoadPoint, LoadQuestion } from '../model/load.ts';
import type { NodeMark, NodeMarkQuestion } from '../model/node-mark.ts';
import type { ExperimentName, RunId } from '../model/ids.ts';
import type { IndexChange, IndexFeed } from '../ports/index-feed.ts';
import type { AttemptRow, FailurePage, HistoryEvent, RunFacets, RunIndex, RunPage, RunQuery } from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';
import type {
  IndexQuestion,
  RunIndexNotice,
  RunIndexOpening,
  RunIndexReply,
  RunIndexRequest,
  RunIndexWorkerData,
} from './run-index-protocol.ts';
import { assert, assertNever } from '../model/assert.ts';
import { JuqueueError } from '../model/errors.ts';
import { historyEvent } from './run-index-history.ts';
import { workerUrl } from './worker-url.ts';

export interface OpenedRunIndex {
  readonly index: SqliteRunIndex;
  readonly notice: RunIndexNotice;
  /** The newest event that it knows; the events after it are to be applied. 0: all of them. */
  readonly appliedSeq: number;
}

/**
 * Opens the index in this file (null: in memory). It is never a reason not to start: what cannot be used is begun anew,
 * and `notice` says why. `journalSeq` is the journal's newest event.
 */
export async function openRunIndex(data: RunIndexWorkerData): Promise<OpenedRunIndex> {
  const worker = new Worker(workerUrl('run-index-worker', import.meta.url), { workerData: data });
  const opening = (await once(worker, 'message'))[0] as RunIndexOpening;
  return { index: new SqliteRunIndex(worker), ...opening };
}

interface WaitingQuestion {
  readonly resolve: (json: string) => void;
  readonly reject: (error: Error) => void;
}

/** Posting this many rows takes about half a millisecond. */
const sliceLength = 200;
/** How long one turn may post before others get theirs. */
const postTurnMs = 5;

/**
 * The index as the main thread sees it. Changes and questions go to its thread in one line; changes of many rows are
 * posted in slices, with turns for others between them.
 */
export class SqliteRunIndex implements RunIndex, IndexFeed {
  readonly #worker: Worker;
  readonly #line: Iterator<RunIndexRequest, void, undefined>[] = [];
  readonly #waiting = new Map<number, WaitingQuestion>();
  #isPosting = false;
  #nextId = 1;
  #trouble: string | null = null;
  #failure: Error | null = null;
  #isClosed = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: RunIndexReply) => this.#take(reply));
    worker.on('error', (error: Error) => this.#fail(error));
  }

  /** Why questions are refused at present, while that is so. */
  get trouble(): string | null {
    return this.#trouble;
  }

  apply(seq: number, changes: readonly IndexChange[]): void {
    assert(!this.#isClosed, 'nothing is applied to a closed index');
    this.#post(slicesOf(seq, changes));
  }

  appliedSeq(): Promise<number> {
    return this.#ask({ kind: 'applied-seq' });
  }

  async reset(): Promise<void> {
    await this.#request((id) => ({ kind: 'reset', id }));
  }

  listRuns(query: RunQuery): Promise<RunPage> {
    return this.#ask({ kind: 'list-runs', query });
  }

  countRuns(selector: Selector): Promise<number> {
    return this.#ask({ kind: 'count-runs', selector });
  }

  countFacets(selector: Selector): Promise<RunFacets> {
    return this.#ask({ kind: 'count-facets', selector });
  }

  selectRuns(selector: Selector): Promise<readonly RunId[]> {
    return this.#ask({ kind: 'select-runs', selector });
  }

  failures(question: { readonly experiment: ExperimentName | null; readonly limit: number }): Promise<FailurePage> {
    return this.#ask({ kind: 'failures', ...question });
  }

  attempts(run: RunId): Promise<readonly AttemptRow[]> {
    return this.#ask({ kind: 'attempts', run });
  }

  slotSegments(question: TimelineQuestion): Promise<readonly SlotSegment[]> {
    return this.#ask({ kind: 'slot-segments', question });
  }

  nodeMarks(question: NodeMarkQuestion): Promise<readonly NodeMark[]> {
    return this.#ask({ kind: 'node-marks', question });
  }

  loadCurve(question: LoadQuestion): Promise<readonly LoadPoint[]> {
    return this.#ask({ kind: 'load-curve', question });
  }

  dispatchStretches(question: DispatchQuestion): Promise<readonly DispatchStretch[]> {
    return this.#ask({ kind: 'dispatch-stretches', question });
  }

  events(question: { readonly afterSeq: number; readonly limit: number; readonly run: RunId | null }): Promise<readonly HistoryEvent[]> {
    return this.#ask({ kind: 'events', ...question });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#failure === null) await this.#request((id) => ({ kind: 'close', id }));
    this.#fail(new JuqueueError('JQ_STOPPING', 'The index of runs is closed.'));
  }

  async #ask<Answer>(question: IndexQuestion): Promise<Answer> {
    return JSON.parse(await this.#request((id) => ({ kind: 'ask', id, question }))) as Answer;
  }

  #request(request: (id: number) => RunIndexRequest): Promise<string> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#post([request(id)].values());
    });
  }

  #post(requests: Iterator<RunIndexRequest, void, undefined>): void {
    if (this.#failure !== null) return;
    this.#line.push(requests);
    if (!this.#isPosting) this.#postTurn();
  }

  #postTurn(): void {
    const untilMs = performance.now() + postTurnMs;
    for (let requests = this.#line[0]; requests !== undefined && performance.now() < untilMs; requests = this.#line[0]) {
      const next = requests.next();
      if (next.done === true) this.#line.shift();
      else this.#worker.postMessage(next.value);
    }
    this.#isPosting = this.#line.length > 0;
    if (this.#isPosting) setImmediate(() => this.#postTurn());
  }

  #take(reply: RunIndexReply): void {
    switch (reply.kind) {
      case 'answer':
        this.#settle(reply.id)?.resolve(reply.json);
        return;
      case 'refused': {
        const { code, message, hint } = reply.problem;
        this.#settle(reply.id)?.reject(new JuqueueError(code, message, hint));
        return;
      }
      case 'trouble':
        this.#trouble = reply.sentence;
        return;
      default:
        return assertNever(reply);
    }
  }

  #settle(id: number): WaitingQuestion | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#line.length = 0;
  }
}

/** Only the last slice says the number, so that changes that were half applied when the machine stopped are applied again. */
function* slicesOf(seq: number, changes: readonly IndexChange[]): Generator<RunIndexRequest, void, undefined> {
  let slice: IndexChange[] = [];
  let weight = 0;
  for (const change of changes) {
    for (const part of partsOf(change)) {
      slice.push(part);
      weight += part.kind === 'event' ? 1 + part.runs.length / 20 : 1;
      if (weight < sliceLength) continue;
      yield { kind: 'apply', seq: null, changes: slice };
      slice = [];
      weight = 0;
    }
  }
  yield { kind: 'apply', seq, changes: slice };
}

/** An event of many runs comes in parts, and its own long lists stay here: the history does not show them in full. */
function* partsOf(change: IndexChange): Generator<IndexChange, void, undefined> {
  if (change.kind !== 'event') {
    yield change;
    return;
  }
  const stored = historyEvent(change.stored);
  yield { ...change, stored, runs: change.runs.slice(0, runsPerPart) };
  for (let i = runsPerPart; i < change.runs.length; i += runsPerPart)
    yield { ...change, stored, runs: change.runs.slice(i, i + runsPerPart) };
}

const runsPerPart = 2_000;
