import type { AllocationId, ExperimentName } from '../model/ids.ts';
import { assert } from '../model/assert.ts';

/**
 * Where the billed slot-time went, in slot-milliseconds. The parts are integers and sum exactly to `billed`.
 *
 * useful          work that a checkpoint or a finish saved
 * open            executing and not yet saved; in live figures only
 * redone          lost to a stop or a dead node, with the restart
 * failed          attempts that failed or were cancelled
 * startUp         from the begin of the bill to the hello, from the goodbye to the end of the bill
 * dispatch        free although a run that could be placed there was ready
 * closing         free, and nothing ready fits what walltime, drain or budget leave
 * quantisation    free slots of the last, partly filled node: need·N − A for A occupied slots and need = ceil(A/N)
 * fragmentation   (nodes − need)·N: what moving runs together could save
 * idle            no run at all
 */
export const ledgerParts = [
  'useful',
  'open',
  'redone',
  'failed',
  'startUp',
  'dispatch',
  'closing',
  'quantisation',
  'fragmentation',
  'idle',
] as const;
export type LedgerPart = (typeof ledgerParts)[number];

export type LedgerSums = Readonly<Record<LedgerPart, number>> & { readonly billed: number };

/** One node of a cluster during an interval in which nothing changed. */
export interface NodeInterval {
  readonly allocation: AllocationId;
  readonly slots: number;
  /** Billed, but not connected: it starts up or shuts down. */
  readonly isStarting: boolean;
  /** Slots that each experiment's runs take, by the largest share of their resources, rounded up. */
  readonly occupied: ReadonlyMap<ExperimentName, number>;
  /** Whether its free slots are free because of walltime, drain or budget. */
  readonly isClosing: boolean;
}

/** The nodes of one cluster during an interval in which nothing changed, in a fixed order. */
export interface ClusterInterval {
  readonly durationMs: number;
  readonly nodes: readonly NodeInterval[];
  /** A ready run could be placed into a free slot of this cluster. */
  readonly hasPlaceableRun: boolean;
}

/** How the open slot-time of an attempt is booked when it ends or saves itself. */
export interface Settlement {
  readonly allocation: AllocationId;
  readonly experiment: ExperimentName;
  readonly slotMs: number;
  readonly part: 'useful' | 'redone' | 'failed';
}

/**
 * Sums intervals into the parts of a ledger, for the cluster, its allocations and its experiments at once. Occupied slots
 * are open until a settlement books them. Free slots belong to no experiment; what an experiment's figures hold of them is
 * its pro rata part of the occupied slots at that time, in whole slot-milliseconds, so that those figures sum as well.
 * An interval costs what all its nodes cost; Accounts books the same from events, at the cost of what changed.
 */
export class Ledger {
  readonly #total = emptySums();
  readonly #byAllocation = new Map<AllocationId, MutableSums>();
  readonly #byExperiment = new Map<ExperimentName, MutableSums>();

  get total(): LedgerSums {
    return this.#total;
  }
  get byAllocation(): ReadonlyMap<AllocationId, LedgerSums> {
    return this.#byAllocation;
  }
  get byExperiment(): ReadonlyMap<ExperimentName, LedgerSums> {
    return this.#byExperiment;
  }

  addInterval({ durationMs, nodes, hasPlaceableRun }: ClusterInterval): void {
    assert(Number.isSafeInteger(durationMs) && durationMs >= 0, `an interval lasts a whole number of milliseconds, not ${durationMs}`);
    if (durationMs === 0) return;
    const shared = new Shares();
    for (const [node, parts] of partsOf(nodes, hasPlaceableRun)) {
      for (const [part, slots] of parts) this.#book(node.allocation, part, slots * durationMs);
      for (const [experiment, slots] of node.occupied) {
        add(this.#ofExperiment(experiment), 'open', slots * durationMs);
        shared.hold(experiment, slots);
      }
      for (const [part, slots] of parts) if (part !== 'open') shared.free(part, slots * durationMs);
    }
    for (const [experiment, part, slotMs] of shared.split()) add(this.#ofExperiment(experiment), part, slotMs);
  }

  /** Books open slot-time as what it turned out to be. Throws when there is not that much open. */
  settle({ allocation, experiment, slotMs, part }: Settlement): void {
    for (const sums of [this.#total, this.#ofAllocation(allocation), this.#ofExperiment(experiment)]) {
      assert(sums.open >= slotMs, `${slotMs} slot-ms are to be booked as ${part}, and only ${sums.open} are open`);
      sums.open -= slotMs;
      sums[part] += slotMs;
    }
  }

  #book(allocation: AllocationId, part: LedgerPart, slotMs: number): void {
    add(this.#total, part, slotMs);
    add(this.#ofAllocation(allocation), part, slotMs);
  }

  #ofAllocation(id: AllocationId): MutableSums {
    return getOrAdd(this.#byAllocation, id);
  }

  #ofExperiment(name: ExperimentName): MutableSums {
    return getOrAdd(this.#byExperiment, name);
  }
}

export type MutableSums = Record<LedgerPart | 'billed', number>;
type Parts = readonly (readonly [LedgerPart, number])[];

/** What each slot of each node is at this time. The nodes beyond the needed ones are those with the most free slots. */
function* partsOf(nodes: readonly NodeInterval[], hasPlaceableRun: boolean): Iterable<readonly [NodeInterval, Parts]> {
  const connected = nodes.filter((node) => !node.isStarting);
  const occupiedSlots = connected.reduce((sum, node) => sum + takenSlots(node), 0);
  const capacity = Math.max(1, ...connected.map((node) => node.slots));
  let fragmented = Math.max(0, connected.length - Math.ceil(occupiedSlots / capacity)) * capacity;
  const emptiestFirst = [...connected].sort((a, b) => takenSlots(a) - takenSlots(b));
  for (const node of nodes) if (node.isStarting) yield [node, [['startUp', node.slots]]];
  for (const node of emptiestFirst) {
    const taken = takenSlots(node);
    const free = node.slots - taken;
    const parts: (readonly [LedgerPart, number])[] = [['open', taken]];
    if (hasPlaceableRun && !node.isClosing) parts.push(['dispatch', free]);
    else if (node.isClosing) parts.push(['closing', free]);
    else if (occupiedSlots === 0) parts.push(['idle', free]);
    else {
      const here = Math.min(free, fragmented);
      fragmented -= here;
      parts.push(['fragmentation', here], ['quantisation', free - here]);
    }
    yield [node, parts];
  }
}

function takenSlots(node: NodeInterval): number {
  let taken = 0;
  for (const slots of node.occupied.values()) taken += slots;
  assert(taken <= node.slots, `${node.allocation} has ${node.slots} slots, and ${taken} are taken`);
  return taken;
}

/** Splits free slot-time over experiments by the slots that they hold; the remainder of each division goes to the first by name. */
class Shares {
  readonly #held = new Map<ExperimentName, number>();
  readonly #free = new Map<LedgerPart, number>();

  hold(experiment: ExperimentName, slots: number): void {
    this.#held.set(experiment, (this.#held.get(experiment) ?? 0) + slots);
  }

  free(part: LedgerPart, slotMs: number): void {
    this.#free.set(part, (this.#free.get(part) ?? 0) + slotMs);
  }

  *split(): Iterable<readonly [ExperimentName, LedgerPart, number]> {
    const holders = [...this.#held].sort(([a], [b]) => (a < b ? -1 : 1));
    const held = holders.reduce((sum, [, slots]) => sum + slots, 0);
    if (held === 0) return;
    for (const [part, slotMs] of this.#free) {
      let rest = slotMs;
      const shares = holders.map(([, slots]) => Number((BigInt(slotMs) * BigInt(slots)) / BigInt(held)));
      for (const share of shares) rest -= share;
      for (const [i, [experiment]] of holders.entries()) yield [experiment, part, (shares[i] ?? 0) + (i === 0 ? rest : 0)];
    }
  }
}

function add(sums: MutableSums, part: LedgerPart, slotMs: number): void {
  sums[part] += slotMs;
  sums.billed += slotMs;
}

function getOrAdd<K>(map: Map<K, MutableSums>, key: K): MutableSums {
  const found = map.get(key);
  if (found !== undefined) return found;
  const sums = emptySums();
  map.set(key, sums);
  return sums;
}

/** No time at all, to be added to. */
export function emptySums(): MutableSums {
  return {
    billed: 0,
    useful: 0,
    open: 0,
    redone: 0,
    failed: 0,
    startUp: 0,
    dispatch: 0,
    closing: 0,
    quantisation: 0,
    fragmentation: 0,
    idle: 0,
  };
}
