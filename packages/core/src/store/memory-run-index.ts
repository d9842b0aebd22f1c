import type { FailureSignature } from '../evolve/failure-signature.ts';
import type { DispatchQuestion, DispatchSample, DispatchStretch } from '../model/dispatch-time.ts';
import type { LoadPoint, LoadQuestion, LoadSample } from '../model/load.ts';
import type { NodeMark, NodeMarkQuestion } from '../model/node-mark.ts';
import type { ExperimentName, RunId } from '../model/ids.ts';
import type { SlotSegment, TimelineQuestion } from '../model/node-timeline.ts';
import type { IndexChange, IndexFeed } from '../ports/index-feed.ts';
import type {
  AttemptRow,
  FailureGroup,
  FailurePage,
  HistoryEvent,
  RunFacets,
  RunIndex,
  RunPage,
  RunQuery,
  RunRow,
} from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';
import { assert, assertNever } from '../model/assert.ts';
import { compareIds } from '../model/ids.ts';
import { selectorMatcher } from '../select/matches-selector.ts';
import { memoryFacets } from './memory-run-facets.ts';
import { checkLimit, compareCursors, cursorAfter, readCursor, sortValue } from './run-index-cursor.ts';
import type { RunCursor } from './run-index-cursor.ts';
import { dispatchSampleEveryMs, dispatchStretches } from './dispatch-stretches.ts';
import { loadCurve, sampleEveryMs } from './load-curve.ts';
import { markOf, mostMarks } from './node-marks.ts';
import type { KeptMark } from './node-marks.ts';
import { fittingRows } from './run-index-page.ts';
import { drawnTogether, segmentsOfAttempt } from './slot-segments.ts';
import { historyEvent } from './run-index-history.ts';

/** The index for tests and simulation: same answers, no thread, no file. */
export class MemoryRunIndex implements RunIndex, IndexFeed {
  readonly #runs = new Map<RunId, RunRow>();
  readonly #signatures = new Map<string, FailureSignature>();
  readonly #attempts = new Map<RunId, Map<number, AttemptRow>>();
  readonly #events = new Map<number, { readonly stored: HistoryEvent; readonly runs: ReadonlySet<RunId> }>();
  readonly #load = new Map<number, LoadSample>();
  readonly #dispatch = new Map<string, DispatchSample>();
  readonly #marks: KeptMark[] = [];
  #appliedSeq = 0;

  apply(seq: number, changes: readonly IndexChange[]): void {
    for (const change of changes) this.#put(change);
    this.#appliedSeq = seq;
  }

  #put(change: IndexChange): void {
    switch (change.kind) {
      case 'run':
        this.#runs.set(change.row.id, change.row);
        if (change.failure != null) this.#signatures.set(change.failure.id, change.failure);
        return;
      case 'run-removed':
        this.#runs.delete(change.id);
        this.#attempts.delete(change.id);
        return;
      case 'attempt': {
        if (!this.#runs.has(change.row.run)) return;
        const attempts = this.#attempts.get(change.row.run) ?? new Map<number, AttemptRow>();
        this.#attempts.set(change.row.run, attempts.set(change.row.attempt, change.row));
        return;
      }
      case 'load':
        this.#load.set(Math.floor(change.sample.atMs / sampleEveryMs), change.sample);
        return;
      case 'dispatch':
        this.#dispatch.set(`${change.sample.cluster} ${Math.floor(change.sample.atMs / dispatchSampleEveryMs)}`, change.sample);
        return;
      case 'event': {
        const mark = markOf(change.stored, (run, attempt) => this.#attempts.get(run)?.get(attempt)?.node ?? null);
        if (mark !== null && !this.#events.has(change.stored.seq)) this.#marks.push(mark);
        this.#events.set(change.stored.seq, { stored: historyEvent(change.stored), runs: new Set(change.runs) });
        return;
      }
      default:
        return assertNever(change);
    }
  }

  appliedSeq(): Promise<number> {
    return Promise.resolve(this.#appliedSeq);
  }

  reset(): Promise<void> {
    this.#runs.clear();
    this.#attempts.clear();
    this.#events.clear();
    this.#load.clear();
    this.#dispatch.clear();
    this.#marks.length = 0;
    this.#appliedSeq = 0;
    return Promise.resolve();
  }

  async listRuns(query: RunQuery): Promise<RunPage> {
    checkLimit(query.limit);
    const cursor = readCursor(query);
    const direction = query.descending ? -1 : 1;
    const placeOf = (row: RunRow): RunCursor => ({ value: sortValue(row, query.sort), id: row.id });
    const found = this.#matching(query.selector)
      .filter((row) => cursor === null || compareCursors(placeOf(row), cursor, direction) > 0)
      .sort((a, b) => compareCursors(placeOf(a), placeOf(b), direction))
      .slice(query.skip ?? 0);
    const rows = found.slice(
      0,
      fittingRows(
        found.slice(0, query.limit).map((row) => JSON.stringify(row)),
        query.maxBytes,
      ),
    );
    const last = rows.at(-1);
    return { rows, nextCursor: found.length > rows.length && last !== undefined ? cursorAfter(last, query) : null };
  }

  async countRuns(selector: Selector): Promise<number> {
    return this.#matching(selector).length;
  }

  async countFacets(selector: Selector): Promise<RunFacets> {
    return memoryFacets([...this.#runs.values()], selector);
  }

  async selectRuns(selector: Selector): Promise<readonly RunId[]> {
    return this.#matching(selector)
      .map((row) => row.id)
      .sort(compareIds);
  }

  async failures({ experiment, limit }: { readonly experiment: ExperimentName | null; readonly limit: number }): Promise<FailurePage> {
    checkLimit(limit);
    const failed = [...this.#runs.values()].filter((row) => row.failure !== null && (experiment === null || row.experiment === experiment));
    const groups = [...Map.groupBy(failed, (row) => row.failure).values()]
      .map((rows) => this.#group(rows))
      .sort((a, b) => b.count - a.count || compareIds(a.id, b.id));
    return { groups: groups.slice(0, limit), groupCount: groups.length, runCount: failed.length };
  }

  async attempts(run: RunId): Promise<readonly AttemptRow[]> {
    return [...(this.#attempts.get(run)?.values() ?? [])].sort((a, b) => a.attempt - b.attempt);
  }

  async slotSegments(question: TimelineQuestion): Promise<readonly SlotSegment[]> {
    const { nodes, fromMs, toMs, bucketMs } = question;
    const asked = new Set(nodes);
    const rows = [...this.#attempts.values()].flatMap((attempts) => [...attempts.values()]);
    const meant = rows.filter(
      ({ node, placedAtMs, endedAtMs }) => asked.has(node) && placedAtMs < toMs && (endedAtMs === null || endedAtMs > fromMs),
    );
    return drawnTogether(
      meant.flatMap((row) => segmentsOfAttempt(row, question)),
      bucketMs,
    );
  }

  async nodeMarks({ nodes, fromMs, toMs }: NodeMarkQuestion): Promise<readonly NodeMark[]> {
    const asked = this.#marks
      .filter(({ node, atMs }) => nodes.includes(node) && atMs >= fromMs && atMs < toMs)
      .sort((a, b) => a.atMs - b.atMs);
    return asked.slice(0, mostMarks).map(({ attempt, ...mark }) => {
      const later = [...(this.#attempts.get(mark.run ?? '')?.values() ?? [])]
        .filter((row) => row.attempt > (attempt ?? 0))
        .sort((a, b) => a.attempt - b.attempt);
      return { ...mark, toNode: later[0]?.node ?? null };
    });
  }

  async loadCurve(question: LoadQuestion): Promise<readonly LoadPoint[]> {
    const samples = [...this.#load.values()].sort((a, b) => a.atMs - b.atMs);
    const before = samples.filter(({ atMs }) => atMs <= question.fromMs).slice(-1);
    return loadCurve([...before, ...samples.filter(({ atMs }) => atMs > question.fromMs && atMs < question.toMs)], question);
  }

  async dispatchStretches(question: DispatchQuestion): Promise<readonly DispatchStretch[]> {
    const samples = [...this.#dispatch.values()].filter(({ atMs }) => atMs < question.toMs).sort((a, b) => a.atMs - b.atMs);
    return question.clusters.flatMap((cluster) => {
      const own = samples.filter((sample) => sample.cluster === cluster);
      const first = own.findLastIndex(({ atMs }) => atMs <= question.fromMs);
      return dispatchStretches(own.slice(Math.max(0, first)), question);
    });
  }

  async events(question: {
    readonly afterSeq: number;
    readonly limit: number;
    readonly run: RunId | null;
  }): Promise<readonly HistoryEvent[]> {
    const { afterSeq, limit, run } = question;
    checkLimit(limit);
    return [...this.#events.values()]
      .filter(({ stored, runs }) => stored.seq > afterSeq && (run === null || runs.has(run)))
      .map(({ stored }) => stored)
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #group(rows: readonly RunRow[]): FailureGroup {
    const [first] = rows.toSorted((a, b) => compareIds(a.id, b.id));
    const signature = this.#signatures.get(first?.failure ?? '');
    assert(first !== undefined && signature !== undefined, 'a group of failures has failed runs and a signature');
    const experiments = [...Map.groupBy(rows, (row) => row.experiment)].map(([name, own]) => ({ name, count: own.length }));
    return {
      ...signature,
      count: rows.length,
      lastAtMs: Math.max(...rows.map((row) => row.changedAtMs)),
      experiments: experiments.sort((a, b) => b.count - a.count || compareIds(a.name, b.name)).slice(0, 10),
      example: { run: first.id, detail: first.detail },
    };
  }

  #matching(selector: Selector): RunRow[] {
    return [...this.#runs.values()].filter(selectorMatcher(selector));
  }
}
