import type { Problem } from '../model/errors.ts';
import type { TimelineQuestion } from '../model/node-timeline.ts';
import type { DispatchQuestion } from '../model/dispatch-time.ts';
import type { LoadQuestion } from '../model/load.ts';
import type { NodeMarkQuestion } from '../model/node-mark.ts';
import type { ExperimentName, RunId } from '../model/ids.ts';
import type { IndexChange } from '../ports/index-feed.ts';
import type { RunQuery } from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';

/** What the index's thread is started with. */
export interface RunIndexWorkerData {
  /** Null: held in memory only. */
  readonly file: string | null;
  /** The journal's newest event: an index that knows later ones belongs to another history. */
  readonly journalSeq: number;
}

/** How the index was found, for those who must fill it and those who want to know. */
export type RunIndexNotice =
  | { readonly kind: 'kept' }
  /** It is empty and to be filled from the journal. `aheadSeq`: the newest event that it knew, where the journal knows it not. */
  | { readonly kind: 'emptied'; readonly because: string; readonly aheadSeq: number | null }
  /** The file cannot be used; the index is in memory, empty, and will be again at the next start. */
  | { readonly kind: 'in-memory'; readonly because: string };

export interface RunIndexOpening {
  readonly notice: RunIndexNotice;
  readonly appliedSeq: number;
}

export type IndexQuestion =
  | { readonly kind: 'list-runs'; readonly query: RunQuery }
  | { readonly kind: 'count-runs'; readonly selector: Selector }
  | { readonly kind: 'count-facets'; readonly selector: Selector }
  | { readonly kind: 'select-runs'; readonly selector: Selector }
  | { readonly kind: 'failures'; readonly experiment: ExperimentName | null; readonly limit: number }
  | { readonly kind: 'attempts'; readonly run: RunId }
  | { readonly kind: 'slot-segments'; readonly question: TimelineQuestion }
  | { readonly kind: 'node-marks'; readonly question: NodeMarkQuestion }
  | { readonly kind: 'load-curve'; readonly question: LoadQuestion }
  | { readonly kind: 'dispatch-stretches'; readonly question: DispatchQuestion }
  | { readonly kind: 'events'; readonly afterSeq: number; readonly limit: number; readonly run: RunId | null }
  | { readonly kind: 'applied-seq' };

export type RunIndexRequest =
  /** `seq` is null for all but the last part of changes that were cut in parts. */
  | { readonly kind: 'apply'; readonly seq: number | null; readonly changes: readonly IndexChange[] }
  | { readonly kind: 'ask'; readonly id: number; readonly question: IndexQuestion }
  | { readonly kind: 'reset'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number };

export type RunIndexReply =
  /** JSON, so that rows pass through the thread as the text that they are stored as. */
  | { readonly kind: 'answer'; readonly id: number; readonly json: string }
  | { readonly kind: 'refused'; readonly id: number; readonly problem: Problem }
  | { readonly kind: 'trouble'; readonly sentence: string | null };
