import type { ClusterName, ExperimentName, RunId } from '../model/ids.ts';
import type { AttemptValue } from './attempt-value.ts';
import type { FreeTimeReading } from './free-time.ts';

/** Slots that an attempt holds on a node. */
interface Hold {
  readonly experiment: ExperimentName;
  readonly slots: number;
  readonly sinceMs: number;
}

/** What an attempt held, and what that was good for. */
export interface ReleasedHold extends AttemptValue {
  readonly slots: number;
}

/** Slot-time of runs of one experiment, in slot-ms; `alone` in ms. */
export interface HeldTime {
  readonly useful: number;
  readonly open: number;
  readonly redone: number;
  readonly failed: number;
  /** What these attempts would have billed with a node each. What was redone is not in it: alone, nobody is moved. */
  readonly alone: number;
}

/** Slot-time that nobody held while the node served, in slot-ms. */
export interface FreeSlotTime {
  readonly dispatch: number;
  readonly closing: number;
  readonly quantisation: number;
  readonly fragmentation: number;
  readonly idle: number;
}

export interface SavedAllocationAccount {
  readonly cluster: ClusterName;
  readonly slots: number;
  readonly holds: readonly (readonly [RunId, Hold])[];
  readonly settled: readonly (readonly [ExperimentName, HeldTime])[];
  readonly free: FreeSlotTime;
  readonly bookedTo: FreeTimeReading | null;
  readonly isClosing: boolean;
  readonly billEndedAtMs: number | null;
}

const noHeldTime: HeldTime = { useful: 0, open: 0, redone: 0, failed: 0, alone: 0 };

/**
 * The slots of one node from its hello to its goodbye, or to the end of its bill if that came first. Each millisecond of
 * each slot is either held by an attempt or free, so that the two always sum to slots × time. Free slots are booked when
 * the occupation changes, by two readings of the cluster's clock.
 */
export class AllocationAccount {
  readonly cluster: ClusterName;
  readonly slots: number;
  readonly #holds = new Map<RunId, Hold>();
  readonly #settled = new Map<ExperimentName, HeldTime>();
  #free: FreeSlotTime = { dispatch: 0, closing: 0, quantisation: 0, fragmentation: 0, idle: 0 };
  #bookedTo: FreeTimeReading | null = null;
  #takenSlots = 0;
  #isClosing = false;
  #billEndedAtMs: number | null = null;

  constructor(cluster: ClusterName, slots: number) {
    this.cluster = cluster;
    this.slots = slots;
  }

  saved(): SavedAllocationAccount {
    return {
      cluster: this.cluster,
      slots: this.slots,
      holds: [...this.#holds],
      settled: [...this.#settled],
      free: this.#free,
      bookedTo: this.#bookedTo,
      isClosing: this.#isClosing,
      billEndedAtMs: this.#billEndedAtMs,
    };
  }

  static restored({ cluster, slots, holds, settled, free, bookedTo, isClosing, billEndedAtMs }: SavedAllocationAccount): AllocationAccount {
    const account = new AllocationAccount(cluster, slots);
    for (const [run, hold] of holds) {
      account.#holds.set(run, hold);
      account.#takenSlots += hold.slots;
    }
    for (const [experiment, time] of settled) account.#settled.set(experiment, time);
    account.#free = free;
    account.#bookedTo = bookedTo;
    account.#isClosing = isClosing;
    account.#billEndedAtMs = billEndedAtMs;
    return account;
  }

  /** Between hello and goodbye, while it is billed. */
  get isServing(): boolean {
    return this.#bookedTo !== null;
  }
  get isClosing(): boolean {
    return this.#isClosing;
  }
  get takenSlots(): number {
    return this.#takenSlots;
  }
  get hasHolds(): boolean {
    return this.#holds.size > 0;
  }
  get heldRuns(): readonly RunId[] {
    return [...this.#holds.keys()];
  }

  begin(reading: FreeTimeReading): void {
    if (this.#billEndedAtMs === null) this.#bookedTo = reading;
  }

  setClosing(isClosing: boolean, reading: FreeTimeReading): void {
    this.#book(reading);
    this.#isClosing = isClosing;
  }

  /** Takes slots for an attempt; never more than there are. An attempt that holds some already keeps those. */
  hold(run: RunId, experiment: ExperimentName, slots: number, reading: FreeTimeReading): void {
    if (!this.isServing || this.#holds.has(run)) return;
    this.#book(reading);
    const taken = Math.min(slots, this.slots - this.#takenSlots);
    this.#holds.set(run, { experiment, slots: taken, sinceMs: reading.atMs });
    this.#takenSlots += taken;
  }

  /** Gives the slots of an attempt back and books what they were good for, which it answers; null when it held none. */
  release(run: RunId, reading: FreeTimeReading, value: (heldFromMs: number, heldToMs: number) => AttemptValue): ReleasedHold | null {
    const hold = this.#holds.get(run);
    if (hold === undefined) return null;
    this.#book(reading);
    this.#holds.delete(run);
    this.#takenSlots -= hold.slots;
    const released = value(hold.sinceMs, this.#holdEnd(hold, reading.atMs));
    const { usefulMs, redoneMs, failedMs } = released;
    const { useful, open, redone, failed, alone } = this.#settled.get(hold.experiment) ?? noHeldTime;
    this.#settled.set(hold.experiment, {
      useful: useful + hold.slots * usefulMs,
      open,
      redone: redone + hold.slots * redoneMs,
      failed: failed + hold.slots * failedMs,
      alone: alone + usefulMs + failedMs,
    });
    return { slots: hold.slots, ...released };
  }

  /** Its goodbye, or proof that it is gone. It may come back under another name. */
  end(reading: FreeTimeReading): void {
    this.#book(reading);
    this.#bookedTo = null;
  }

  /** Its bill ended at `billEndedAtMs`, of which we hear only now: what came after is not booked. */
  endBill(billEndedAtMs: number, reading: FreeTimeReading): void {
    if (this.#bookedTo === null) return;
    const atMs = Math.min(reading.atMs, Math.max(billEndedAtMs, this.#bookedTo.atMs));
    this.#book(between(this.#bookedTo, reading, atMs));
    this.#bookedTo = null;
    this.#billEndedAtMs = atMs;
  }

  /** The free time at this reading, without booking it. */
  freeAt(reading: FreeTimeReading): FreeSlotTime {
    return this.#bookedTo === null
      ? this.#free
      : withFree(this.#free, this.slots - this.#takenSlots, this.#isClosing, this.#bookedTo, reading);
  }

  /** What the runs of each experiment held up to `atMs`; what they hold still is open. */
  heldAt(atMs: number): ReadonlyMap<ExperimentName, HeldTime> {
    const held = new Map(this.#settled);
    for (const hold of this.#holds.values()) {
      const before = held.get(hold.experiment) ?? noHeldTime;
      const openMs = Math.max(0, this.#holdEnd(hold, atMs) - hold.sinceMs);
      held.set(hold.experiment, { ...before, open: before.open + hold.slots * openMs, alone: before.alone + openMs });
    }
    return held;
  }

  #holdEnd(hold: Hold, atMs: number): number {
    return this.#billEndedAtMs === null ? atMs : Math.max(hold.sinceMs, Math.min(atMs, this.#billEndedAtMs));
  }

  #book(reading: FreeTimeReading): void {
    this.#free = this.freeAt(reading);
    if (this.#bookedTo !== null) this.#bookedTo = reading;
  }
}

/** Whole slot-milliseconds; the remainder of the rounding is quantisation. */
function withFree(before: FreeSlotTime, slots: number, isClosing: boolean, from: FreeTimeReading, to: FreeTimeReading): FreeSlotTime {
  const passedMs = to.atMs - from.atMs;
  if (passedMs <= 0 || slots === 0) return before;
  if (isClosing) return { ...before, closing: before.closing + slots * passedMs };
  const dispatchMs = to.dispatchMs - from.dispatchMs;
  const idleMs = to.idleMs - from.idleMs;
  const spread = slots * (passedMs - dispatchMs - idleMs);
  const fragmentation = Math.min(spread, Math.round(slots * (to.fragmentedMs - from.fragmentedMs)));
  return {
    closing: before.closing,
    dispatch: before.dispatch + slots * dispatchMs,
    idle: before.idle + slots * idleMs,
    fragmentation: before.fragmentation + fragmentation,
    quantisation: before.quantisation + spread - fragmentation,
  };
}

/** The reading that the clock most likely had between two others. */
function between(from: FreeTimeReading, to: FreeTimeReading, atMs: number): FreeTimeReading {
  const passedMs = atMs - from.atMs;
  const share = to.atMs === from.atMs ? 0 : passedMs / (to.atMs - from.atMs);
  const dispatchMs = Math.round((to.dispatchMs - from.dispatchMs) * share);
  const idleMs = Math.min(passedMs - dispatchMs, Math.round((to.idleMs - from.idleMs) * share));
  return {
    atMs,
    dispatchMs: from.dispatchMs + dispatchMs,
    idleMs: from.idleMs + idleMs,
    fragmentedMs: from.fragmentedMs + (to.fragmentedMs - from.fragmentedMs) * share,
  };
}
