import type { Autostart } from '../model/definition.ts';
import type { Allocation } from '../model/allocation.ts';
import type { JuqueueEvent } from '../model/events.ts';
import type { ExperimentHold, ExperimentLimits } from '../model/budget.ts';
import type { ExperimentName, RunId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { RunStatus } from '../model/run-status.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Plan } from '../model/plan.ts';
import type { LearnedDuration } from '../decide/remaining-time.ts';
import type { Touched } from '../evolve/changes.ts';
import type { BudgetState } from '../ledger/budget-state.ts';
import type { Accounts } from '../ledger/accounts.ts';
import type { Command, CommandOutcome, StopMode } from './commands.ts';

/** An experiment as the engine keeps it. Counts are maintained by event, never recounted. */
export interface ExperimentView {
  readonly name: ExperimentName;
  readonly order: number;
  readonly autostart: Autostart;
  readonly limits: ExperimentLimits;
  /** Why none of its runs starts; null while they may. */
  readonly hold: ExperimentHold | null;
  readonly createdAtMs: number;
  readonly counts: Readonly<Record<RunStatus, number>>;
  readonly runIds: ReadonlySet<RunId>;
}

export interface EngineHealth {
  readonly epoch: number;
  readonly startedAtMs: number;
  /** Why the journal cannot be written at present. */
  readonly storeTrouble: string | null;
  /** Sentences for people: cluster outages, held clusters, link trouble. */
  readonly notices: readonly string[];
  readonly lastTickMs: number | null;
}

/** What a stop did, and what it left running. */
export interface StopReport {
  readonly stoppedRuns: number;
  readonly endedNodes: number;
  readonly remainingNodes: readonly string[];
  readonly cancelledAllocations: number;
}

/** `touched` are all records that the events changed. */
export type EventListener = (events: readonly JuqueueEvent[], touched: Touched) => void;

/** What the server needs of the engine. */
export interface EngineApi {
  /** A live read-only view: read it and let it go. */
  readonly snapshot: Snapshot;
  /** Where the billed time went. */
  readonly accounts: Pick<Accounts, 'at' | 'billOf' | 'startUpMs'>;
  /** Every allocation there ever was, ended ones included, in the order of their requests. */
  readonly allAllocations: Iterable<Allocation>;
  readonly experiments: ReadonlyMap<ExperimentName, ExperimentView>;
  /** How long runs of this experiment took that finished; null before the first. */
  learnedDuration(experiment: ExperimentName): LearnedDuration | null;
  readonly health: EngineHealth;
  /** Every budget there is, as of the newest decision. */
  readonly budgets: readonly BudgetState[];
  readonly lastPlan: Plan | null;
  /** Number of the newest event that is durable. */
  readonly newestSeq: number;
  run(id: RunId): Run | undefined;
  /** Resolves when the command's events are durable. */
  command(command: Command): Promise<CommandOutcome>;
  /** Told of events once they are durable (ephemeral ones at once), in order. Answers the way to stop listening. */
  onEvents(listener: EventListener): () => void;
  /** Ask every cluster now, without waiting for its interval. */
  pollClusters(): Promise<void>;
  /** Decide now, without waiting for an event. */
  requestTick(): void;
  stop(mode: StopMode): Promise<StopReport>;
}
