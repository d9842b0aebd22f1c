import type { SlotSegment, TimelineQuestion } from '../model/node-timeline.ts';
import type { DispatchQuestion, DispatchStretch } from '../model/dispatch-time.ts';
import type { LoadPoint, LoadQuestion } from '../model/load.ts';
import type { NodeMark, NodeMarkQuestion } from '../model/node-mark.ts';
import type { ClusterName, ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { ParameterValue } from '../model/definition.ts';
import type { RunReason, RunStatus } from '../model/run-status.ts';
import type { AttemptOutcome } from '../model/run.ts';
import type { StoredEvent } from '../model/events.ts';
import type { FailureSignature } from '../evolve/failure-signature.ts';
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
  /** Of a failed run: the id of its failure's signature. */
  readonly failure: string | null;
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

/** Runs that failed in the same way. */
export interface FailureGroup extends FailureSignature {
  readonly count: number;
  /** Those with the most of them, at most ten. */
  readonly experiments: readonly { readonly name: ExperimentName; readonly count: number }[];
  /** One of them; its sentence is the original of the signature. */
  readonly example: { readonly run: RunId; readonly detail: string | null };
  /** When a run last failed so. */
  readonly lastAtMs: number;
}

/** `groups` are the largest, largest first; with an experiment, they and all numbers are of its runs alone. */
export interface FailurePage {
  readonly groups: readonly FailureGroup[];
  readonly groupCount: number;
  readonly runCount: number;
}

/** `duration` is that of the newest attempt, once it has ended. A number or time that a run does not have counts as 0. */
export const runSortKeys = [
  'id',
  'changed',
  'created',
  'started',
  'ended',
  'duration',
  'priority',
  'attempt',
  'status',
  'reason',
  'node',
] as const;
export type RunSortKey = (typeof runSortKeys)[number];

/**
 * By the value of a parameter: numbers first, then text by code point. The runs that do not have it come last, also in the
 * descending order.
 */
export type ParameterSort = `parameters.${string}`;
export type RunSort = RunSortKey | ParameterSort;

/**
 * A page has at most `limit` rows (1 to 1 000), and with `maxBytes` no more than stay below so many bytes of JSON, but at
 * least one. `cursor` is what the page before answered as `nextCursor`.
 */
export interface RunQuery {
  readonly selector: Selector;
  readonly sort: RunSort;
  readonly descending: boolean;
  readonly limit: number;
  /** Matching rows to leave out first, for who looks at a far part of a list without the pages before it. */
  readonly skip?: number;
  readonly maxBytes?: number;
  readonly cursor: string | null;
}

/** How many of the runs have this value. */
export interface FacetCount {
  readonly value: string;
  readonly runs: number;
}

/**
 * The values of one parameter among all runs of the experiments that were found. `distinct` stops at 1 001. `values` is
 * empty when there are more than 20; `minimum` and `maximum` are of those that are numbers.
 */
export interface ParameterFacet {
  readonly name: string;
  readonly distinct: number;
  /** Whether the runs differ in it: another value in some, or none. */
  readonly isVarying: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly values: readonly FacetCount[];
}

/**
 * The matching runs counted by each property, the most frequent first. The counts of a property leave that part of the
 * selector out, so that they say what choosing another value would give; at most 100 values of each. `parameters` is empty
 * when runs of more than 50 experiments match.
 */
export interface RunFacets {
  readonly total: number;
  readonly status: readonly FacetCount[];
  readonly reason: readonly FacetCount[];
  readonly experiment: readonly FacetCount[];
  readonly cluster: readonly FacetCount[];
  readonly node: readonly FacetCount[];
  readonly parameters: readonly ParameterFacet[];
}

export interface RunPage {
  readonly rows: readonly RunRow[];
  readonly nextCursor: string | null;
}

/**
 * An event as the history shows it. Lists in it are cut to their first items, because a page of history must stay small
 * whatever was defined; `cut` says how long each of them was.
 */
export interface HistoryEvent extends StoredEvent {
  readonly cut?: Readonly<Record<string, number>>;
}

/**
 * Questions about runs and history, answered off the main thread from an index that can be rebuilt from the store. Every
 * answer is at least as new as the events that were appended before the question was put, except while the index has no room
 * for them: then it may be as old as that.
 */
export interface RunIndex {
  listRuns(query: RunQuery): Promise<RunPage>;
  countRuns(selector: Selector): Promise<number>;
  countFacets(selector: Selector): Promise<RunFacets>;
  /** Ids of all matching runs, in the order of ids. */
  selectRuns(selector: Selector): Promise<readonly RunId[]>;
  /** Counted while runs fail, not when it is asked: it costs the same whatever the number of runs. */
  failures(question: { readonly experiment: ExperimentName | null; readonly limit: number }): Promise<FailurePage>;
  attempts(run: RunId): Promise<readonly AttemptRow[]>;
  /** What the slots of nodes did, by node, slot and time. */
  slotSegments(question: TimelineQuestion): Promise<readonly SlotSegment[]>;
  /** What was decided about nodes, oldest first; at most 2 000 marks. */
  nodeMarks(question: NodeMarkQuestion): Promise<readonly NodeMark[]>;
  /** How much waited and how much executed. */
  loadCurve(question: LoadQuestion): Promise<readonly LoadPoint[]>;
  /** When were slots free although a run waited that fits? By cluster, in their order of time. */
  dispatchStretches(question: DispatchQuestion): Promise<readonly DispatchStretch[]>;
  /** Events with `seq > afterSeq`, oldest first; `run` keeps those that concern it. */
  events(question: { readonly afterSeq: number; readonly limit: number; readonly run: RunId | null }): Promise<readonly HistoryEvent[]>;
  close(): Promise<void>;
}
