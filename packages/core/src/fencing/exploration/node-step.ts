import type { Instant } from '../instant.ts';
import type { LeaseInput, LeaseVerdict } from '../node-lease.ts';
import { renameLease, stepLease } from '../node-lease.ts';
import type { Disk, NodeWorld, NodeWorldRules, StepChoice, ToManager } from './node-world.ts';
import { isExecuting, queued } from './node-world.ts';

/** What the node does in one step: wake up, read what it was sent, look into its folder, speak, write. */
export function stepNode(rules: NodeWorldRules, world: NodeWorld, choice: StepChoice): void {
  finishKill(world);
  if (world.nonce === 'n1' && tell(rules, world, { kind: 'woke-up' }).kind === 'ended') endLife(world);
  if (world.nonce === 'n1' && !world.lease.isEnded) {
    readLink(rules, world, choice);
    world.isJustThawed = false;
    if (!world.isNodeDiskHung) readAndWriteFolder(rules, world);
  }
  if (world.process !== 'dying') speak(rules, world);
  if (!world.isNodeDiskHung) report(world, rules.isDiskShared);
}

/** A kill takes a step, so that the margin for it is used. */
function finishKill(world: NodeWorld): void {
  if (world.process === 'dying') world.process = 'killed';
}

function nodeInstant(world: NodeWorld): Instant {
  return { monotonicMs: world.nodeMonotonicMs, wallMs: world.now };
}

function tell(rules: NodeWorldRules, world: NodeWorld, input: LeaseInput): LeaseVerdict {
  const { lease, verdict } = stepLease(world.lease, input, nodeInstant(world), rules.times);
  world.lease = lease;
  if ('epoch' in input) {
    if (verdict.kind === 'alive' && input.epoch < world.highestEpochRead) world.broken = 'the node obeyed a lower epoch than it had seen';
    world.highestEpochRead = Math.max(world.highestEpochRead, input.epoch);
  }
  return verdict;
}

/** The link is closed, the runs are killed; once that is done the node goes on under a new nonce. */
function endLife(world: NodeWorld): void {
  world.toManager = [];
  world.toNode = [];
  world.isGreeting = false;
  if (world.process === 'executing') {
    world.process = 'dying';
    return;
  }
  if (world.process === 'absent') world.process = 'killed';
  world.isJustThawed = false;
  world.nonce = 'n2';
  world.lease = renameLease(world.lease, 'n2', nodeInstant(world));
}

function readLink(rules: NodeWorldRules, world: NodeWorld, choice: StepChoice): void {
  const count = world.link === 'up' ? world.toNode.length : choice.letsToNode ? 1 : 0;
  for (const message of world.toNode.slice(0, count)) {
    if (message.kind === 'answer') tell(rules, world, { kind: 'heartbeat-answered', number: message.number, epoch: message.epoch });
    else if (tell(rules, world, { kind: 'order-read', epoch: message.epoch }).kind === 'alive' && world.process === 'absent')
      world.process = 'executing';
  }
  world.toNode = world.toNode.slice(count);
}

function readAndWriteFolder(rules: NodeWorldRules, world: NodeWorld): void {
  const { disk } = world;
  if (rules.isDiskShared && disk.challengeEpoch > 0)
    tell(rules, world, { kind: 'challenge-read', challenge: 'c', epoch: disk.challengeEpoch });
  if (world.lease.overwrite !== null) tell(rules, world, { kind: 'overwrite-completed', counter: world.lease.overwrite.counter });
  if (rules.isDiskShared && disk.fenceEpoch > 0 && world.link !== 'up') obeyFence(rules, world);
  world.overwrites += 1;
  tell(rules, world, { kind: 'overwrite-begun', counter: world.overwrites });
}

function obeyFence(rules: NodeWorldRules, world: NodeWorld): void {
  const epoch = world.disk.fenceEpoch;
  if (tell(rules, world, { kind: 'order-read', epoch, nonce: 'n1' }).kind !== 'alive') return;
  if (world.process === 'absent') world.process = 'refused';
  if (world.process === 'executing') world.process = 'dying';
  world.disk = { ...world.disk, confirmedEpoch: epoch, confirmed: outcomeOf(world) };
}

function speak(rules: NodeWorldRules, world: NodeWorld): void {
  if (world.link === 'cut') return;
  const number = world.heartbeats + 1;
  world.heartbeats = number;
  if (world.nonce === 'n1') tell(rules, world, { kind: 'heartbeat-sent', number });
  world.toManager = queued<ToManager>(
    world.toManager,
    world.isGreeting ? { kind: 'heartbeat', number } : { kind: 'hello', number, nonce: world.nonce, process: world.process },
  );
  const mustReport =
    world.isGreeting && world.nonce === 'n1' && outcomeOf(world) !== null && !world.toManager.some(({ kind }) => kind === 'ended');
  if (mustReport) world.toManager = queued<ToManager>(world.toManager, { kind: 'ended', process: world.process });
  world.isGreeting = true;
}

/** The spool: outcomes as they come, the end of the nonce once nothing executes under it. */
function report(world: NodeWorld, isDiskShared: boolean): void {
  if (!isDiskShared) return;
  const isClosed = world.nonce === 'n2' && !isExecuting(world);
  const ended = outcomeOf(world);
  if (world.disk.ended !== ended || world.disk.isClosed !== isClosed) world.disk = { ...world.disk, ended, isClosed };
}

function outcomeOf({ process }: NodeWorld): Disk['ended'] {
  if (process === 'exited') return 'exited';
  return process === 'killed' || process === 'refused' ? 'killed' : null;
}
