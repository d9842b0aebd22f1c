import type { AwakeClock } from '../awake-clock.ts';
import { startAwakeClock } from '../awake-clock.ts';
import type { FencingTimes } from '../fencing-times.ts';
import { requeueAfterMs } from '../fencing-times.ts';
import type { Instant } from '../instant.ts';
import type { NodePatience } from '../manager-patience.ts';
import { startPatience, stepPatience } from '../manager-patience.ts';
import type { NodeLease } from '../node-lease.ts';
import { startLease, stepLease } from '../node-lease.ts';

/**
 * One manager, which may be restarted, and one node that attempt 1 of one run is sent to; when the manager puts the run back,
 * attempt 2 executes elsewhere at once. Links deliver in order, late, or lose all by a cut. A read of the manager shows the
 * present or, as far back as its cache lasts, the past; the cache does not age while the manager stalls. A frozen node's
 * monotonic clock stands still, as in a suspended machine. One unit of time is one step.
 *
 * Steps work on a draft of their own (`{ ...world }`); what a field holds is never changed in place.
 */
export interface NodeWorld {
  now: number;
  link: 'up' | 'slow' | 'cut';
  isNodeDiskHung: boolean;
  managerDisk: 'well' | 'hung' | 'refusing';
  isFrozen: boolean;
  isStalled: boolean;
  faultsLeft: number;
  restartsLeft: number;

  nonce: 'n1' | 'n2';
  lease: NodeLease;
  nodeMonotonicMs: number;
  process: Process;
  /** From a thaw until the node's first wake-up, and on until the kill decided then is done. */
  isJustThawed: boolean;
  isGreeting: boolean;
  heartbeats: number;
  overwrites: number;
  highestEpochRead: number;
  toManager: readonly ToManager[];
  toNode: readonly ToNode[];

  disk: Disk;
  /** What reads of the manager may show: the disk now, then at its steps before. */
  views: readonly Disk[];

  epoch: number;
  awake: AwakeClock;
  patience: NodePatience;
  /** The oldest disk that the read under way may show; null when none is. */
  oldestShown: Disk | null;
  run: 'placed' | 'finished' | 'requeued';
  /** A promise that broke in a step, as a sentence. */
  broken: string | null;
}

/** Attempt 1 on the node. `refused`: a fence order named it before it came. */
export type Process = 'absent' | 'executing' | 'dying' | 'exited' | 'killed' | 'refused';

/** The node's folder under nonce n1. Epoch 0: there is no such file. */
export interface Disk {
  readonly counter: number;
  readonly ended: 'exited' | 'killed' | null;
  readonly isClosed: boolean;
  readonly challengeEpoch: number;
  readonly fenceEpoch: number;
  readonly confirmedEpoch: number;
  readonly confirmed: 'exited' | 'killed' | null;
}

export type ToManager =
  | { readonly kind: 'hello'; readonly number: number; readonly nonce: 'n1' | 'n2'; readonly process: Process }
  | { readonly kind: 'heartbeat'; readonly number: number }
  | { readonly kind: 'ended'; readonly process: Process };
export type ToNode = { readonly epoch: number } & ({ readonly kind: 'answer'; readonly number: number } | { readonly kind: 'start' });

export const faultKinds = [
  'slow link',
  'cut link',
  'hang of the node’s disk',
  'hang of the manager’s disk',
  'errors of the manager’s disk',
  'freeze',
  'stall',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A link keeps what it was given, except that of many heartbeats or answers under way the oldest stands for a lost one. */
export function queued<Message extends ToManager | ToNode>(queue: readonly Message[], message: Message): readonly Message[] {
  const drop = queue.length < 3 ? -1 : queue.findIndex(({ kind }) => kind === 'heartbeat' || kind === 'answer');
  return [...queue.filter((_, index) => index !== drop), message];
}

export interface NodeWorldRules {
  readonly times: FencingTimes;
  /** For how many steps of the manager its cache may show the past. */
  readonly cacheSteps: number;
  /** Whether node and manager mean the same disk by the work-dir. */
  readonly isDiskShared: boolean;
  /** How many faults may begin, of which kinds; their ends are free. */
  readonly faults: number;
  readonly faultKinds: readonly FaultKind[];
  readonly restarts: number;
}

/** How one step of time goes where the world leaves a choice. */
export interface StepChoice {
  readonly isReadOld: boolean;
  /** What a slow link lets through in this step: all to the manager, one message to the node. */
  readonly letsToManager: boolean;
  readonly letsToNode: boolean;
}

export const smoothStep: StepChoice = { isReadOld: false, letsToManager: false, letsToNode: false };

export const emptyDisk: Disk = {
  counter: 0,
  ended: null,
  isClosed: false,
  challengeEpoch: 0,
  fenceEpoch: 0,
  confirmedEpoch: 0,
  confirmed: null,
};

/** The node's hello has been answered, and attempt 1 is on its way to it. */
export function startNodeWorld(rules: NodeWorldRules): NodeWorld {
  const birth = { monotonicMs: 0, wallMs: 0 };
  const greeting = stepLease(startLease('n1', birth), { kind: 'heartbeat-sent', number: 1 }, birth, rules.times).lease;
  return {
    now: 0,
    link: 'up',
    isNodeDiskHung: false,
    managerDisk: 'well',
    isFrozen: false,
    isStalled: false,
    faultsLeft: rules.faults,
    restartsLeft: rules.restarts,
    nonce: 'n1',
    lease: stepLease(greeting, { kind: 'heartbeat-answered', number: 1, epoch: 1 }, birth, rules.times).lease,
    nodeMonotonicMs: 0,
    process: 'absent',
    isJustThawed: false,
    isGreeting: true,
    heartbeats: 1,
    overwrites: 0,
    highestEpochRead: 1,
    toManager: [],
    toNode: [{ kind: 'start', epoch: 1 }],
    disk: emptyDisk,
    views: [emptyDisk],
    epoch: 1,
    awake: startAwakeClock(0),
    patience: stepPatience(startPatience('n1', true, 0), { kind: 'greeted' }, 0),
    oldestShown: null,
    run: 'placed',
    broken: null,
  };
}

export function isExecuting({ process }: NodeWorld): boolean {
  return process === 'executing' || process === 'dying';
}

/** Whether nothing can change any more: the run is decided, its first attempt cannot come back, no word is under way. */
export function isOver(world: NodeWorld): boolean {
  return (
    world.run !== 'placed' && !isExecuting(world) && world.process !== 'absent' && world.toManager.length === 0 && world.toNode.length === 0
  );
}

/** Promise 1 with its known exception, and the promises that steps watch themselves. */
export function nodeWorldViolation(world: NodeWorld): string | null {
  if (world.broken !== null) return world.broken;
  const executesTwice = world.run === 'requeued' && isExecuting(world) && !world.isFrozen && !world.isJustThawed;
  return executesTwice ? 'attempt 1 executes although attempt 2 was started' : null;
}

/**
 * Everything that the future depends on: times as ages, no older than any rule looks back; counters and heartbeats by what
 * they equal. Two worlds of one key go on alike, which keeps the reachable set finite and small.
 */
export function nodeWorldKey({ times }: NodeWorldRules, world: NodeWorld): string {
  const { lease, patience, awake } = world;
  const { files } = patience;
  const leaseAge = (at: Instant): string =>
    `${Math.min(world.nodeMonotonicMs - at.monotonicMs, times.leaseMs)}/${Math.min(world.now - at.wallMs, times.leaseMs)}`;
  const awakeAge = (at: number, oldMs: number): number => Math.min(awake.awakeMs - at, oldMs);
  const counters: (number | null)[] = [];
  const counter = (of: number | null): number => (counters.includes(of) ? counters.indexOf(of) : counters.push(of) - 1);
  const shown = (of: Disk): string => `${counter(of.counter)} ${of.ended} ${of.isClosed} ${of.confirmedEpoch} ${of.confirmed}`;
  const heartbeat = (of: number): string => {
    const sent = lease.unanswered.find(({ number }) => number === of);
    return sent === undefined ? '-' : leaseAge(sent.sentAt);
  };
  return [
    `${world.link} ${world.isNodeDiskHung} ${world.managerDisk} ${world.isFrozen} ${world.isStalled} ${world.faultsLeft} ${world.restartsLeft}`,
    `${world.nonce} ${world.process} ${world.isJustThawed} ${world.isGreeting} ${world.highestEpochRead} ${world.epoch} ${world.run} ${world.broken}`,
    `${lease.epoch} ${lease.renewedAt === null ? '-' : leaseAge(lease.renewedAt)} ${lease.challenge} ${lease.isEnded}`,
    lease.overwrite === null ? '-' : `${counter(lease.overwrite.counter)} ${leaseAge(lease.overwrite.begunAt)} ${lease.overwrite.isShared}`,
    world.toManager
      .map(
        (of) =>
          `${of.kind} ${'number' in of ? heartbeat(of.number) : ''} ${'nonce' in of ? of.nonce : ''} ${'process' in of ? of.process : ''}`,
      )
      .join(),
    world.toNode.map((of) => `${of.kind} ${of.epoch} ${'number' in of ? heartbeat(of.number) : ''}`).join(),
    `${shown(world.disk)} ${world.disk.challengeEpoch} ${world.disk.fenceEpoch}`,
    world.views.slice(1).map(shown).join(),
    world.oldestShown === null ? '-' : shown(world.oldestShown),
    `${patience.isLinked} ${patience.isFenceWritten} ${awakeAge(patience.answeredAtMs, times.linkPatienceMs)} ${Math.min(world.now - awake.monotonicMs, requeueAfterMs(times))}`,
    `${counter(files.counter)} ${Math.min(files.stillMs, requeueAfterMs(times))} ${awakeAge(files.certainAtMs, requeueAfterMs(times))} ${files.readBeganAtMs === null ? '-' : awakeAge(files.readBeganAtMs, requeueAfterMs(times))}`,
  ].join('|');
}
