import type { Allocation } from '../model/allocation.ts';
import type { AllocationId, ClusterName, RunId } from '../model/ids.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { billedTime } from './allocation-bill.ts';

/** What consolidation did on one cluster. Node-time in ms. */
export interface ConsolidationSaving {
  /** Runs that were stopped to be moved. */
  readonly moves: number;
  /** Nodes that were emptied that way. */
  readonly nodes: number;
  /** How much longer those nodes would have been billed had their runs stayed: an estimate, see below. */
  readonly savedNodeMs: number;
  /** The work that the moves undid; it is part of `redone`. */
  readonly redoneNodeMs: number;
}

/** A run that was moved and has not ended since. */
interface MovedRun {
  /** Nodes that it has left, the last one last. */
  readonly left: AllocationId[];
  /** Redone and waited since it left the first of them: without the moves it would have ended so much earlier. */
  lostMs: number;
  waitingSinceMs: number | null;
}

interface LeftNode {
  readonly cluster: ClusterName;
  readonly open: Set<RunId>;
  /** When the last of its moved runs would have ended here. */
  stayedUntilMs: number;
}

export interface SavedSavings {
  readonly runs: readonly (readonly [
    RunId,
    { readonly left: readonly AllocationId[]; readonly lostMs: number; readonly waitingSinceMs: number | null },
  ])[];
  readonly nodes: readonly (readonly [
    AllocationId,
    { readonly cluster: ClusterName; readonly open: readonly RunId[]; readonly stayedUntilMs: number },
  ])[];
  readonly sums: readonly (readonly [ClusterName, ConsolidationSaving])[];
}

/**
 * What the moves have saved, judged afterwards: a node that was emptied would have stayed until the last of its moved runs
 * would have ended there, which is their real end less what the moves cost them, or until its own deadline. That work came
 * later which would have kept the node anyway is not known, so it is an estimate, and an upper one.
 */
export class ConsolidationSavings {
  readonly #runs = new Map<RunId, MovedRun>();
  readonly #nodes = new Map<AllocationId, LeftNode>();
  readonly #sums = new Map<ClusterName, { moves: number; nodes: number; savedNodeMs: number; redoneNodeMs: number }>();

  saved(): SavedSavings {
    return {
      runs: [...this.#runs].map(([run, moved]) => [run, { ...moved, left: [...moved.left] }]),
      nodes: [...this.#nodes].map(([id, node]) => [id, { ...node, open: [...node.open] }]),
      sums: [...this.#sums].map(([cluster, sum]) => [cluster, { ...sum }]),
    };
  }

  restore({ runs, nodes, sums }: SavedSavings): void {
    for (const [run, moved] of runs) this.#runs.set(run, { ...moved, left: [...moved.left] });
    for (const [id, node] of nodes) this.#nodes.set(id, { ...node, open: new Set(node.open) });
    for (const [cluster, sum] of sums) this.#sums.set(cluster, { ...sum });
  }

  moved(run: RunId, from: Allocation, slots: number, redoneMs: number, atMs: number): void {
    const sum = this.#sumOf(from.cluster);
    sum.moves += 1;
    sum.redoneNodeMs += (slots * redoneMs) / from.slots;
    const moved = this.#runs.get(run) ?? { left: [], lostMs: 0, waitingSinceMs: null };
    moved.left.push(from.id);
    moved.lostMs += redoneMs;
    moved.waitingSinceMs = atMs;
    this.#runs.set(run, moved);
    const node = this.#nodes.get(from.id) ?? { cluster: from.cluster, open: new Set(), stayedUntilMs: 0 };
    node.open.add(run);
    this.#nodes.set(from.id, node);
  }

  started(run: RunId, atMs: number): void {
    const moved = this.#runs.get(run);
    if (moved === undefined || moved.waitingSinceMs === null) return;
    moved.lostMs += Math.max(0, atMs - moved.waitingSinceMs);
    moved.waitingSinceMs = null;
  }

  /** It ended, and not to be moved again. */
  ended(run: RunId, snapshot: Snapshot, atMs: number): void {
    const moved = this.#runs.get(run);
    if (moved === undefined) return;
    this.#runs.delete(run);
    for (const id of moved.left) {
      const node = this.#nodes.get(id);
      if (node === undefined) continue;
      node.open.delete(run);
      node.stayedUntilMs = Math.max(node.stayedUntilMs, atMs - moved.lostMs);
      this.closeWhenDone(snapshot.allocation(id));
    }
  }

  /** Books a node for good once its bill is confirmed and its moved runs have ended. */
  closeWhenDone(allocation: Allocation | undefined): void {
    const node = this.#nodes.get(allocation?.id ?? '');
    if (allocation === undefined || node === undefined || node.open.size > 0 || allocation.status !== 'ended' || !allocation.isConfirmed)
      return;
    this.#nodes.delete(allocation.id);
    const sum = this.#sumOf(node.cluster);
    sum.nodes += 1;
    sum.savedNodeMs += savedMs(allocation, node.stayedUntilMs);
  }

  /** By cluster; nodes whose moved runs go on count with what they have saved until now. */
  at(snapshot: Snapshot, nowMs: number): ReadonlyMap<ClusterName, ConsolidationSaving> {
    const sums = new Map([...this.#sums].map(([name, sum]) => [name, { ...sum }]));
    for (const [id, node] of this.#nodes) {
      const sum = sums.get(node.cluster);
      const allocation = snapshot.allocation(id);
      if (sum === undefined || allocation === undefined || allocation.endedAtMs === null) continue;
      sum.nodes += 1;
      sum.savedNodeMs += savedMs(
        allocation,
        Math.max(node.stayedUntilMs, ...[...node.open].map((run) => this.#wouldHaveRunUntil(run, snapshot, nowMs))),
      );
    }
    return sums;
  }

  /** A run whose definition is gone counts no further. */
  #wouldHaveRunUntil(run: RunId, snapshot: Snapshot, nowMs: number): number {
    const moved = this.#runs.get(run);
    const status = snapshot.run(run)?.status;
    if (moved === undefined || (status !== 'running' && status !== 'ready')) return 0;
    return (moved.waitingSinceMs ?? nowMs) - moved.lostMs;
  }

  #sumOf(cluster: ClusterName) {
    const known = this.#sums.get(cluster);
    if (known !== undefined) return known;
    const sum = { moves: 0, nodes: 0, savedNodeMs: 0, redoneNodeMs: 0 };
    this.#sums.set(cluster, sum);
    return sum;
  }
}

/** From the end of its bill to the end that it would have had, which its walltime bounds. */
function savedMs(allocation: Allocation, stayedUntilMs: number): number {
  const time = billedTime(allocation, stayedUntilMs);
  if (time === null || allocation.endedAtMs === null) return 0;
  const deadlineMs =
    allocation.node?.deadlineMs ?? (allocation.walltimeMs === null ? Number.POSITIVE_INFINITY : time.fromMs + allocation.walltimeMs);
  return Math.max(0, Math.min(stayedUntilMs, deadlineMs) - allocation.endedAtMs);
}
