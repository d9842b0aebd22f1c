import type { ClusterName } from './ids.ts';

/** How long slots of a cluster were free although a run waited that fits (the ledger's dispatch), up to one moment. */
export interface DispatchSample {
  readonly cluster: ClusterName;
  readonly atMs: number;
  /** Since the beginning of the account. Two samples tell it of the time between them. */
  readonly dispatchMs: number;
  /** Whether they are from then on. */
  readonly isDispatch: boolean;
}

/** Of which clusters, between which instants; shares of stretches of this length. */
export interface DispatchQuestion {
  readonly clusters: readonly ClusterName[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
}

/** A part of the time in which free slots were dispatch for this share of it; times that are not told have none. */
export interface DispatchStretch {
  readonly cluster: ClusterName;
  readonly fromMs: number;
  readonly toMs: number;
  readonly share: number;
}
