import type { LearnedTimes } from '../decide/learn-times.ts';
import type { LedgerSums } from '../ledger/ledger.ts';
import type { ClusterDefinition, RunDefinition } from '../model/definition.ts';
import type { ExperimentName } from '../model/ids.ts';
import type { Plan, PlanMemory } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** A run of a simulated world: what the scheduler is told of it, and what only the simulator knows. */
export interface SimulatedRun {
  readonly experiment: ExperimentName;
  readonly definition: RunDefinition;
  /** What runs like it taught before the simulation begins; null when that is left to the simulation. */
  readonly learned: LearnedTimes | null;
  readonly durationMs: number;
  /** How often it saves itself, in ms of work; null when it never does. One that saves itself when asked needs none. */
  readonly checkpointMs: number | null;
  readonly arrivesAtMs: number;
}

/** How the simulated cluster and its runs behave. */
export interface Scenario {
  readonly runs: readonly SimulatedRun[];
  readonly cluster: ClusterDefinition;
  /** How wrong declared times proved to be before the simulation begins; null when that is left to the simulation. */
  readonly declaredError: number | null;
  /** From the request of a node until it is billed. */
  readonly queueWaitMs: (allocationNumber: number) => number;
  /** From the begin of the bill until the node takes runs. */
  readonly startUpMs: number;
  /** What an attempt after the first needs before it works on. */
  readonly restartMs: number;
  /** When the node with this number dies under its runs, counted from its hello; null when it does not. */
  readonly nodeDiesAfterMs: (allocationNumber: number) => number | null;
}

/** Who decides: the scheduler itself or a baseline. */
export type Policy = (snapshot: Snapshot, nowMs: number, memory: PlanMemory) => Plan;

export interface SimulationResult {
  /** Node-milliseconds from the begin to the end of each allocation. */
  readonly billedMs: number;
  /** From the start of the simulation to the end of the last run. */
  readonly makespanMs: number;
  /** Runs that were stopped to be started elsewhere. */
  readonly moves: number;
  readonly allocations: number;
  /** The most nodes that were billed at a time. */
  readonly peakNodes: number;
  /** Runs that ended without having done their work: walltimes stopped them until they counted as failed. */
  readonly failedRuns: number;
  /** Work that was done twice, in slot-milliseconds, restarts included. */
  readonly redoneMs: number;
  readonly ticks: number;
  /** Where the billed slot-time went. */
  readonly ledger: LedgerSums;
}
