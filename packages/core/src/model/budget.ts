/**
 * How many node-hours may be billed. `total`: ever; `month`: from the first of each month, in UTC. When they are spent no
 * node is requested and no run starts; what runs then ends by itself (`finish`) or is asked to stop (`stop`).
 */
export interface Budget {
  readonly nodeMs: number;
  readonly per: 'total' | 'month';
  readonly atLimit: 'finish' | 'stop';
}

/** What bounds an experiment as a whole. */
export interface ExperimentLimits {
  readonly budget: Budget | null;
  /** The rest is held when more than this part of its ended runs failed; null: never. */
  readonly maxFailuresShare: number | null;
}

/** When a fifth of a sweep fails it is seldom the fault of single runs. */
export const defaultLimits: ExperimentLimits = { budget: null, maxFailuresShare: 0.2 };

/** Why no run of an experiment starts, by its own limits. */
export interface ExperimentHold {
  readonly reason: 'held' | 'budget';
  readonly because: string;
}

/** A cluster whose node-hours are spent. */
export interface SpentBudget {
  readonly atLimit: Budget['atLimit'];
  readonly because: string;
}

/** `12.5 node-hours`; small amounts in node-minutes. */
export function formatNodeTime(nodeMs: number): string {
  const hours = nodeMs / 3_600_000;
  if (hours < 0.1) return `${Number((nodeMs / 60_000).toFixed(1))} node-minutes`;
  return `${Number(hours.toFixed(hours < 10 ? 2 : 1))} node-hours`;
}

export function sameLimits(a: ExperimentLimits, b: ExperimentLimits): boolean {
  return (
    a.maxFailuresShare === b.maxFailuresShare &&
    a.budget?.nodeMs === b.budget?.nodeMs &&
    a.budget?.per === b.budget?.per &&
    a.budget?.atLimit === b.budget?.atLimit
  );
}
