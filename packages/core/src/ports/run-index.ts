import type { ClusterName, ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { ParameterValue } from '../model/definition.ts';
import type { RunReason, RunStatus } from '../model/run-status.ts';
import type { AttemptOutcome } from '../model/run.ts';
import type { StoredEvent } from '../model/events.ts';
import type { Selector } from '../select/selector.ts';

/** The row of a run that lists show. Times are epoch milliseconds. */
export interface RunRow {
  readonly id: RunId;
  readonly experiment: ExperimentName;
  readonly name: string;
  readonly status: RunStatus;
  readonly reason: RunReason;
  readonly detail: string | null;
  readonly clusters: readonly ClusterName[];
  readonly node: NodeId | null;
  readonly attempt: number;
  readonly priority: number;
  readonly slots: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly exitCode: number | null;
}

export interface AttemptRow {
  readonly run: RunId;
  readonly attempt: number;
  readonly node: NodeId;
  readonly slots: readonly number[];
  readonly pid: number | null;
  readonly placedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly outcome: AttemptOutcome | null;
}

export const runSortKeys = ['id', 'changed', 'created', 'started', 'ended', 'priority'] as const;
export type RunSortKey = (typeof runSortKeys)[number];

/** A page asks for at most 1 000 rows; `cursor` is what the page before answered as `nextCursor`. */
export interface RunQuery {
  readonly selector: Selector;
  readonly sort: RunSortKey;
  readonly descending: boolean;
  readonly limit: number;
  readonly cursor: string | null;
}

export interface RunPage {
  readonly rows: readonly RunRow[];
  readonly nextCursor: string | null;
}

/**
 * Questions about runs and history, answered off the main thread from an index that can be rebuilt from the store. Every
 * answer is at least as new as the events that were appended before the question was put.
 */
export interface RunIndex {
  listRuns(query: RunQuery): Promise<RunPage>;
  countRuns(selector: Selector): Promise<number>;
  /** Ids of all matching runs, in the order of ids. */
  selectRuns(selector: Selector): Promise<readonly RunId[]>;
  attempts(run: RunId): Promise<readonly AttemptRow[]>;
  /** Events with `seq > afterSeq`, oldest first; `run` keeps those that concern it. */
  events(question: { readonly afterSeq: number; readonly limit: number; readonly run: RunId | null }): Promise<readonly StoredEvent[]>;
  close(): Promise<void>;
}
