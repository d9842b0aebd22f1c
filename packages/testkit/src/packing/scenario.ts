import type { CheckpointContract, ClusterDefinition, LedgerSums, Plan, PlanMemory, Snapshot } from '@juqueue/core';

/** One run of a workload, as only the simulator knows it. */
export interface SimulatedRun {
  readonly name: string;
  readonly durationMs: number;
  /** What its definition says; null when it says nothing. */
  readonly declaredMs: number | null;
  readonly slots: number;
  readonly arrivesAtMs: number;
}

/** How the simulated cluster and its runs behave. */
export interface Scenario {
  readonly runs: readonly SimulatedRun[];
  readonly slotsPerNode: number;
  readonly maxAllocations: number;
  readonly walltimeMs: number | null;
  /** From the request of a node until it is billed. */
  readonly queueWaitMs: (allocationNumber: number) => number;
  /** From the begin of the bill until the node takes runs. */
  readonly startUpMs: number;
  /** What an attempt after the first needs before it works on. */
  readonly restartMs: number;
  /** How often runs save themselves, in ms of work; null when they never do. */
  readonly checkpointMs: number | null;
  readonly contract: CheckpointContract;
  readonly cluster: Partial<ClusterDefinition>;
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
  /** Work that was done twice, in slot-milliseconds, restarts included. */
  readonly redoneMs: number;
  readonly ticks: number;
  /** Where the billed slot-time went. */
  readonly ledger: LedgerSums;
}
