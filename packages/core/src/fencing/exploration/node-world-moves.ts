import { startAwakeClock } from '../awake-clock.ts';
import { startPatience, stepPatience } from '../manager-patience.ts';
import { stepManager } from './manager-step.ts';
import { stepNode } from './node-step.ts';
import type { FaultKind, NodeWorld, NodeWorldRules, StepChoice } from './node-world.ts';
import { isOver, smoothStep } from './node-world.ts';

export interface Move {
  readonly name: string;
  readonly to: NodeWorld;
}

/** All that can happen next: a step of time with each of its choices, or a fault that begins or ends in no time. */
export function nodeWorldMoves(rules: NodeWorldRules, world: NodeWorld): readonly Move[] {
  if (isOver(world)) return [];
  return [
    ...stepChoices(rules, world).map((choice) => ({ name: nameOfStep(choice), to: stepTime(rules, world, choice) })),
    ...faultMoves(rules, world),
  ];
}

/** The disk takes what was begun, then the node acts, then the manager. */
export function stepTime(rules: NodeWorldRules, before: NodeWorld, choice: StepChoice): NodeWorld {
  const world = { ...before, now: before.now + 1, nodeMonotonicMs: before.nodeMonotonicMs + (before.isFrozen ? 0 : 1) };
  const { overwrite } = world.lease;
  if (!world.isNodeDiskHung && rules.isDiskShared && overwrite !== null) world.disk = { ...world.disk, counter: overwrite.counter };
  if (!world.isFrozen) stepNode(rules, world, choice);
  if (!world.isStalled) stepManager(rules, world, choice);
  return world;
}

function stepChoices(rules: NodeWorldRules, world: NodeWorld): readonly StepChoice[] {
  const reads = rules.cacheSteps > 0 ? [false, true] : [false];
  const lets = world.link === 'slow' ? [false, true] : [false];
  return reads.flatMap((isReadOld) =>
    lets.flatMap((letsToManager) => lets.map((letsToNode) => ({ isReadOld, letsToManager, letsToNode }))),
  );
}

function nameOfStep({ isReadOld, letsToManager, letsToNode }: StepChoice): string {
  return ['step', isReadOld ? 'old read' : '', letsToManager ? 'to manager' : '', letsToNode ? 'to node' : '']
    .filter((part) => part !== '')
    .join(', ');
}

/** A run that exits by itself is no fault, but must be told well among all of them. */
function faultMoves(rules: NodeWorldRules, world: NodeWorld): readonly Move[] {
  const moves: Move[] = [];
  const fault = (name: FaultKind, isOn: boolean, begin: Partial<NodeWorld>, end: Partial<NodeWorld>): void => {
    if (isOn) moves.push({ name: `${name} ends`, to: { ...world, ...end } });
    else if (world.faultsLeft > 0 && rules.faultKinds.includes(name))
      moves.push({ name: `${name} begins`, to: { ...world, ...begin, faultsLeft: world.faultsLeft - 1 } });
  };
  if (world.link !== 'cut') fault('slow link', world.link === 'slow', { link: 'slow' }, { link: 'up' });
  if (world.link !== 'slow') fault('cut link', world.link === 'cut', { ...cutLink(world), link: 'cut' }, { link: 'up' });
  fault('hang of the node’s disk', world.isNodeDiskHung, { isNodeDiskHung: true }, { isNodeDiskHung: false });
  if (world.managerDisk !== 'refusing')
    fault('hang of the manager’s disk', world.managerDisk === 'hung', { managerDisk: 'hung' }, { managerDisk: 'well' });
  if (world.managerDisk !== 'hung')
    fault('errors of the manager’s disk', world.managerDisk === 'refusing', { managerDisk: 'refusing' }, { managerDisk: 'well' });
  fault('freeze', world.isFrozen, { isFrozen: true }, { isFrozen: false, isJustThawed: true });
  fault('stall', world.isStalled, { isStalled: true }, { isStalled: false });
  if (world.restartsLeft > 0) moves.push({ name: 'manager restarts', to: restartManager(world) });
  if (world.process === 'executing' && !world.isFrozen) moves.push({ name: 'run exits', to: { ...world, process: 'exited' } });
  return moves;
}

function cutLink(world: NodeWorld): Partial<NodeWorld> {
  return {
    toManager: [],
    toNode: [],
    isGreeting: false,
    patience: stepPatience(world.patience, { kind: 'link-closed' }, world.awake.awakeMs),
  };
}

/** `kill -9` and a start on the same host: the journal is kept, all else is learned anew. */
function restartManager(world: NodeWorld): NodeWorld {
  return {
    ...world,
    ...cutLink(world),
    restartsLeft: world.restartsLeft - 1,
    epoch: world.epoch + 1,
    isStalled: false,
    awake: startAwakeClock(world.now),
    patience: startPatience('n1', true, 0),
    oldestShown: null,
  };
}

/** The faults end (a frozen node may stay frozen: it is dead) and the run exits: in how many steps is it decided? Null: never. */
export function stepsToSettle(rules: NodeWorldRules, before: NodeWorld, isNodeDead: boolean, stepsMax: number): number | null {
  let world: NodeWorld = {
    ...before,
    isFrozen: isNodeDead,
    isJustThawed: before.isFrozen,
    isStalled: false,
    isNodeDiskHung: false,
    managerDisk: 'well',
    link: 'up',
  };
  for (let steps = 0; steps <= stepsMax; steps += 1) {
    if (world.run !== 'placed') return steps;
    if (world.process === 'executing' && !isNodeDead) world = { ...world, process: 'exited' };
    world = stepTime(rules, world, smoothStep);
  }
  return null;
}
