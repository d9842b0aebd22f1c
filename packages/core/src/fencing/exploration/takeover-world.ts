import type { AwakeClock } from '../awake-clock.ts';
import { startAwakeClock, wakeUp } from '../awake-clock.ts';
import type { EpochRight } from '../epoch.ts';
import { checkBegan, checkCompleted, mayAct, mayAnswer, startEpoch } from '../epoch.ts';
import type { FencingTimes } from '../fencing-times.ts';
import { requeueAfterMs } from '../fencing-times.ts';
import type { Instant } from '../instant.ts';
import type { NodePatience } from '../manager-patience.ts';
import { judgeNode, startPatience, stepPatience } from '../manager-patience.ts';
import type { LeaseInput, NodeLease } from '../node-lease.ts';
import { startLease, stepLease } from '../node-lease.ts';
import { judgeSecondStart } from '../second-start.ts';
import type { Stillness } from '../stillness.ts';
import { readBegan, readCompleted, startStillness } from '../stillness.ts';

/**
 * Two managers on two hosts and one node that executes a run. The first manager loses its disk or stalls, the second watches its
 * counter and takes over, the node is linked with either or none and may lose its disk too. What the second lets run again
 * must not execute, and once the second acts the first must not. Reads of the second and epoch checks of the first show
 * the present or, for `cacheSteps` steps, the past. One unit of time is one step; a link is quick or cut.
 */
export interface TakeoverWorld {
  now: number;
  faultsLeft: number;
  linkTo: 'first' | 'second' | 'none';
  isNodeDiskHung: boolean;
  isFirstDiskHung: boolean;
  isFirstStalled: boolean;

  lease: NodeLease;
  isExecuting: boolean;
  heartbeats: number;
  /** On its way to the manager that it is linked with: sent in this step; and on the way back. */
  said: { readonly kind: 'hello' | 'heartbeat'; readonly number: number } | null;
  answer: { readonly number: number; readonly epoch: number } | null;
  hasGreeted: boolean;

  disk: SharedDisk;
  views: readonly SharedDisk[];
  first: EpochRight;

  second: 'absent' | 'watching' | 'started';
  awake: AwakeClock;
  watch: Stillness;
  firstCounterSeen: number | null;
  right: EpochRight | null;
  patience: NodePatience | null;
  secondHasActed: boolean;
  isRequeued: boolean;
  broken: string | null;
}

interface SharedDisk {
  readonly nodeCounter: number;
  readonly managerCounter: number;
  readonly highestEpoch: number;
}

export interface TakeoverRules {
  readonly times: FencingTimes;
  readonly cacheSteps: number;
  readonly faults: number;
}

export function startTakeoverWorld(rules: TakeoverRules): TakeoverWorld {
  const birth = { monotonicMs: 0, wallMs: 0 };
  const inputs: readonly LeaseInput[] = [
    { kind: 'heartbeat-sent', number: 1 },
    { kind: 'heartbeat-answered', number: 1, epoch: 1 },
    { kind: 'challenge-read', challenge: 'c', epoch: 1 },
  ];
  const disk = { nodeCounter: 0, managerCounter: 0, highestEpoch: 1 };
  return {
    now: 0,
    faultsLeft: rules.faults,
    linkTo: 'first',
    isNodeDiskHung: false,
    isFirstDiskHung: false,
    isFirstStalled: false,
    lease: inputs.reduce((lease, input) => stepLease(lease, input, birth, rules.times).lease, startLease('n1', birth)),
    isExecuting: true,
    heartbeats: 1,
    said: null,
    answer: null,
    hasGreeted: true,
    disk,
    views: [disk],
    first: startEpoch(1, true, birth),
    second: 'absent',
    awake: startAwakeClock(0),
    watch: startStillness(0),
    firstCounterSeen: null,
    right: null,
    patience: null,
    secondHasActed: false,
    isRequeued: false,
    broken: null,
  };
}

export function takeoverMoves(
  rules: TakeoverRules,
  world: TakeoverWorld,
): readonly { readonly name: string; readonly to: TakeoverWorld }[] {
  if (world.isRequeued && !world.isExecuting) return [];
  const moves = (rules.cacheSteps > 0 ? [false, true] : [false]).map((isReadOld) => ({
    name: isReadOld ? 'step, old reads' : 'step',
    to: stepTime(rules, world, isReadOld),
  }));
  const change = (name: string, isFree: boolean, to: Partial<TakeoverWorld>): void => {
    if (isFree || world.faultsLeft > 0) moves.push({ name, to: { ...world, ...to, faultsLeft: world.faultsLeft - (isFree ? 0 : 1) } });
  };
  for (const linkTo of ['first', 'second', 'none'] as const) {
    if (linkTo !== world.linkTo && (linkTo !== 'second' || world.right !== null))
      change(`link to ${linkTo}`, linkTo === 'second', { linkTo, said: null, answer: null, hasGreeted: false });
  }
  change(`hang of the node’s disk ${world.isNodeDiskHung ? 'ends' : 'begins'}`, world.isNodeDiskHung, {
    isNodeDiskHung: !world.isNodeDiskHung,
  });
  change(`hang of the first manager’s disk ${world.isFirstDiskHung ? 'ends' : 'begins'}`, world.isFirstDiskHung, {
    isFirstDiskHung: !world.isFirstDiskHung,
  });
  change(`stall of the first manager ${world.isFirstStalled ? 'ends' : 'begins'}`, world.isFirstStalled, {
    isFirstStalled: !world.isFirstStalled,
  });
  if (world.second === 'absent')
    moves.push({
      name: 'second manager watches',
      to: { ...world, second: 'watching', awake: startAwakeClock(world.now), watch: startStillness(0) },
    });
  return moves;
}

export function takeoverViolation(world: TakeoverWorld): string | null {
  return world.isRequeued && world.isExecuting ? 'the run executes although the second manager let it run again' : world.broken;
}

function instant(world: TakeoverWorld): Instant {
  return { monotonicMs: world.now, wallMs: world.now };
}

function stepTime(rules: TakeoverRules, before: TakeoverWorld, isReadOld: boolean): TakeoverWorld {
  const world = { ...before, now: before.now + 1 };
  world.views = [world.disk, ...world.views].slice(0, rules.cacheSteps + 1);
  stepNode(rules, world);
  const shown = isReadOld ? (world.views.at(-1) ?? world.disk) : world.disk;
  if (!world.isFirstStalled && !world.first.isSuperseded) stepFirst(rules, world, shown);
  if (world.second !== 'absent') stepSecond(rules, world, shown);
  return world;
}

function stepNode(rules: TakeoverRules, world: TakeoverWorld): void {
  const tell = (input: LeaseInput): void => {
    const { lease, verdict } = stepLease(world.lease, input, instant(world), rules.times);
    world.lease = lease;
    if (verdict.kind === 'ended') world.isExecuting = false;
  };
  tell({ kind: 'woke-up' });
  if (!world.isExecuting) return;
  if (world.answer !== null) tell({ kind: 'heartbeat-answered', ...world.answer });
  world.answer = null;
  if (!world.isNodeDiskHung) {
    if (world.lease.overwrite !== null) world.disk = { ...world.disk, nodeCounter: world.lease.overwrite.counter };
    if (world.lease.overwrite !== null) tell({ kind: 'overwrite-completed', counter: world.lease.overwrite.counter });
    tell({ kind: 'overwrite-begun', counter: world.disk.nodeCounter + 1 });
  }
  if (world.linkTo === 'none' || world.said !== null) return;
  world.heartbeats += 1;
  tell({ kind: 'heartbeat-sent', number: world.heartbeats });
  world.said = { kind: world.hasGreeted ? 'heartbeat' : 'hello', number: world.heartbeats };
}

function stepFirst(rules: TakeoverRules, world: TakeoverWorld, shown: SharedDisk): void {
  if (world.first.checkBeganAt === null) world.first = checkBegan(world.first, instant(world));
  if (!world.isFirstDiskHung) {
    world.first = checkCompleted(world.first, shown.highestEpoch);
    if (!world.first.isSuperseded) world.disk = { ...world.disk, managerCounter: world.disk.managerCounter + 1 };
  }
  if (world.linkTo === 'first' && world.said !== null && mayAnswer(world.first, instant(world), rules.times)) answer(world, 1);
  if (mayAct(world.first, instant(world), rules.times).kind === 'act' && world.secondHasActed)
    world.broken = 'the first manager acted after the second had begun to act';
}

function answer(world: TakeoverWorld, epoch: number): void {
  if (world.said !== null) world.answer = { number: world.said.number, epoch };
  world.said = null;
  world.hasGreeted = true;
}

function stepSecond(rules: TakeoverRules, world: TakeoverWorld, shown: SharedDisk): void {
  world.awake = wakeUp(world.awake, world.now, rules.times);
  if (world.second === 'watching') watchFirst(rules, world, shown);
  const { right } = world;
  if (right === null || world.patience === null) return;
  const { awakeMs } = world.awake;
  world.right = checkCompleted(checkBegan(right, instant(world)), world.disk.highestEpoch);
  if (world.linkTo === 'second' && world.said !== null) {
    world.patience = stepPatience(world.patience, { kind: world.said.kind === 'hello' ? 'greeted' : 'answered' }, awakeMs);
    answer(world, 2);
  }
  const read = stepPatience(world.patience, { kind: 'read-began' }, awakeMs);
  world.patience = stepPatience(read, { kind: 'read-completed', counter: shown.nodeCounter, isOurChallengeEchoed: false }, awakeMs);
  if (mayAct(world.right, instant(world), rules.times).kind !== 'act') return;
  world.secondHasActed = true;
  if (judgeNode(world.patience, { isNeeded: false, isAnyNodeLinked: true }, awakeMs, rules.times).kind === 'lapsed')
    world.isRequeued = true;
}

function watchFirst(rules: TakeoverRules, world: TakeoverWorld, shown: SharedDisk): void {
  const { awakeMs } = world.awake;
  const isFirstRead = world.watch.counter === null;
  world.watch = readCompleted(readBegan(world.watch, awakeMs), shown.managerCounter, awakeMs);
  if (isFirstRead) world.firstCounterSeen = world.watch.counter;
  const verdict = judgeSecondStart({ kind: 'other-host', counter: world.watch, hasAnswered: false }, world.firstCounterSeen, rules.times);
  if (verdict.kind === 'refuse') world.second = 'absent';
  if (verdict.kind !== 'start') return;
  world.second = 'started';
  world.disk = { ...world.disk, highestEpoch: 2 };
  world.right = startEpoch(2, verdict.isPredecessorGone, instant(world));
  world.patience = startPatience('n1', verdict.isPredecessorGone, awakeMs);
}

/** As for the world of one manager: times as ages that some rule still tells apart, counters by what they equal. */
export function takeoverKey({ times }: TakeoverRules, world: TakeoverWorld): string {
  const { lease, first, right, patience, watch, awake } = world;
  const age = (at: Instant | null, oldMs: number): string => (at === null ? '-' : `${Math.min(world.now - at.wallMs, oldMs)}`);
  const classes = (): ((value: number | null) => number) => {
    const values: (number | null)[] = [];
    return (value) => (values.includes(value) ? values.indexOf(value) : values.push(value) - 1);
  };
  const nodeCounter = classes();
  const managerCounter = classes();
  const disk = (shown: SharedDisk): string =>
    `${nodeCounter(shown.nodeCounter)} ${managerCounter(shown.managerCounter)} ${shown.highestEpoch}`;
  const stillness = ({ stillMs, certainAtMs }: Stillness, oldMs: number): string =>
    `${Math.min(stillMs, oldMs)} ${Math.min(awake.awakeMs - certainAtMs, oldMs)}`;
  const sentAge = (number: number): string => age(lease.unanswered.find((sent) => sent.number === number)?.sentAt ?? null, times.leaseMs);
  const node = [
    `${world.linkTo} ${world.isNodeDiskHung} ${world.hasGreeted} ${lease.epoch} ${age(lease.renewedAt, times.leaseMs)}`,
    lease.overwrite === null ? '-' : `${nodeCounter(lease.overwrite.counter)} ${age(lease.overwrite.begunAt, times.leaseMs)}`,
    world.said === null ? '-' : `${world.said.kind} ${sentAge(world.said.number)}`,
    world.answer === null ? '-' : `${world.answer.epoch} ${sentAge(world.answer.number)}`,
  ];
  const manager = `${world.isFirstDiskHung} ${world.isFirstStalled} ${age(first.confirmedAt, times.predecessorMs + 1)} ${age(first.checkBeganAt, times.predecessorMs + 1)}`;
  return [
    `${world.faultsLeft} ${world.second} ${world.secondHasActed} ${world.isExecuting} ${world.isRequeued} ${world.broken}`,
    ...(world.isExecuting ? node : []),
    first.isSuperseded ? 'superseded' : manager,
    disk(world.disk),
    world.views.slice(1).map(disk).join(),
    world.second === 'watching'
      ? `${stillness(watch, requeueAfterMs(times))} ${managerCounter(watch.counter)} ${managerCounter(world.firstCounterSeen)}`
      : '',
    right === null ? '' : age(right.createdAt, times.fsStalenessMs + times.epochCheckMs),
    patience === null
      ? ''
      : `${patience.knowsEpoch} ${stillness(patience.files, requeueAfterMs(times) + times.predecessorMs)} ${nodeCounter(patience.files.counter)}`,
  ].join('|');
}
