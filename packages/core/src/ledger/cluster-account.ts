import type { Snapshot } from '../model/snapshot.ts';
import type { ClusterName } from '../model/ids.ts';
import type { AllocationAccount } from './allocation-account.ts';
import type { FreeKind, SavedFreeTime } from './free-time.ts';
import { FreeTime } from './free-time.ts';

/** Without its nodes, which are counted anew. */
export interface SavedClusterAccount {
  readonly clock: SavedFreeTime;
  readonly slotsPerNode: number;
}

/**
 * The serving nodes of a cluster, counted so that one event costs the same with one node and with a thousand, and the clock
 * of their free slots. Nodes are taken out before they change and put back afterwards.
 */
export class ClusterAccount {
  readonly clock: FreeTime;
  readonly #openByFreeSlots: number[] = [];
  #nodes = 0;
  #takenSlots = 0;
  #freeOpenSlots = 0;
  #slotsPerNode = 1;

  constructor(clock: FreeTime) {
    this.clock = clock;
  }

  saved(): SavedClusterAccount {
    return { clock: this.clock.saved(), slotsPerNode: this.#slotsPerNode };
  }

  /** Its nodes are to be counted afterwards. */
  static restored({ clock, slotsPerNode }: SavedClusterAccount): ClusterAccount {
    const account = new ClusterAccount(FreeTime.restored(clock));
    account.#slotsPerNode = slotsPerNode;
    return account;
  }

  count(account: AllocationAccount, sign: 1 | -1): void {
    if (!account.isServing) return;
    this.#nodes += sign;
    this.#takenSlots += sign * account.takenSlots;
    if (sign === 1) this.#slotsPerNode = Math.max(this.#slotsPerNode, account.slots);
    if (account.isClosing) return;
    const free = account.slots - account.takenSlots;
    this.#freeOpenSlots += sign * free;
    this.#openByFreeSlots[free] = (this.#openByFreeSlots[free] ?? 0) + sign;
  }

  /** What the free slots of its open nodes are as things stand. */
  kindOfFree(name: ClusterName, snapshot: Snapshot): FreeKind {
    if (this.#freeOpenSlots > 0 && hasRunFor(snapshot, name, this.#mostFreeSlots())) return { kind: 'dispatch' };
    if (this.#takenSlots === 0) return { kind: 'idle' };
    const needed = Math.ceil(this.#takenSlots / this.#slotsPerNode);
    const fragmented = Math.min(this.#freeOpenSlots, (this.#nodes - needed) * this.#slotsPerNode);
    return { kind: 'spread', fragmentedShare: this.#freeOpenSlots === 0 ? 0 : Math.max(0, fragmented) / this.#freeOpenSlots };
  }

  #mostFreeSlots(): number {
    return this.#openByFreeSlots.findLastIndex((count) => count > 0);
  }
}

/** Whether a run that may start now would find its slots in a node with that many free. */
function hasRunFor(snapshot: Snapshot, cluster: ClusterName, freeSlots: number): boolean {
  if (snapshot.readyCount === 0) return false;
  return snapshot.readyShapes.some(({ shape, size }) => size > 0 && shape.resources.slots <= freeSlots && shape.clusters.includes(cluster));
}
