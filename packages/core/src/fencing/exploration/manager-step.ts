import type { AttemptOutcome } from '../../model/run.ts';
import { wakeUp } from '../awake-clock.ts';
import type { PatienceInput, PatienceVerdict } from '../manager-patience.ts';
import { judgeNode, stepPatience } from '../manager-patience.ts';
import { settleAttempts } from '../settle-attempts.ts';
import { whyManagerDrops } from '../stale-messages.ts';
import type { Disk, NodeWorld, NodeWorldRules, Process, StepChoice, ToNode } from './node-world.ts';
import { emptyDisk as nothingRead, queued } from './node-world.ts';

const attempt = { run: 'e@r', attempt: 1 };

/** What the manager does in one step: answer what it was sent, read when the node is quiet, then decide. */
export function stepManager(rules: NodeWorldRules, world: NodeWorld, choice: StepChoice): void {
  world.awake = wakeUp(world.awake, world.now, rules.times);
  world.views = [world.disk, ...world.views].slice(0, rules.cacheSteps + 1);
  readLink(world, world.link === 'up' || choice.letsToManager);
  if (world.managerDisk === 'well' && rules.isDiskShared && world.disk.challengeEpoch < world.epoch)
    world.disk = { ...world.disk, challengeEpoch: world.epoch };
  if (world.oldestShown === null && judge(rules, world).kind !== 'heard') {
    step(world, { kind: 'read-began' });
    world.oldestShown = world.views.at(-1) ?? world.disk;
  }
  if (world.oldestShown !== null && world.managerDisk === 'refusing') {
    step(world, { kind: 'read-failed' });
    world.oldestShown = null;
  }
  if (world.oldestShown === null || world.managerDisk !== 'well') settle(world, nothingRead, judge(rules, world));
  else completeRead(rules, world, choice.isReadOld ? world.oldestShown : world.disk);
}

function step(world: NodeWorld, input: PatienceInput): void {
  world.patience = stepPatience(world.patience, input, world.awake.awakeMs);
}

/** Another node is linked all the time, so that silence is the node's fault and fences are written. */
function judge(rules: NodeWorldRules, world: NodeWorld): PatienceVerdict {
  return judgeNode(world.patience, { isNeeded: false, isAnyNodeLinked: true }, world.awake.awakeMs, rules.times);
}

function readLink(world: NodeWorld, lets: boolean): void {
  if (!lets) return;
  const messages = world.toManager;
  world.toManager = [];
  for (const message of messages) {
    if (message.kind === 'ended') hearEnd(world, message.process);
    else if (message.kind === 'hello' && message.nonce === 'n2') hearEnd(world, message.process);
    else if (world.run !== 'requeued') {
      step(world, { kind: message.kind === 'hello' ? 'greeted' : 'answered' });
      world.toNode = queued<ToNode>(world.toNode, { kind: 'answer', epoch: world.epoch, number: message.number });
      if (message.kind === 'hello') greet(world, message.process);
    }
  }
}

function greet(world: NodeWorld, process: Process): void {
  if (process === 'absent' && world.run === 'placed') world.toNode = queued<ToNode>(world.toNode, { kind: 'start', epoch: world.epoch });
  else if (process !== 'executing' && process !== 'dying') hearEnd(world, process);
}

/** By the node's own word, also under its next nonce: n1 executes nothing, and this came of its attempt. */
function hearEnd(world: NodeWorld, process: Process): void {
  const present = { nonce: world.run === 'requeued' ? 'elsewhere' : 'n1', attempt: world.run === 'requeued' ? 2 : 1 };
  if (whyManagerDrops(present, { nonce: 'n1', attempt: 1 }) !== null) return;
  if (world.run === 'requeued') world.broken = 'the end of attempt 1 was taken for the end of attempt 2';
  if (world.run === 'placed') world.run = process === 'exited' ? 'finished' : 'requeued';
}

function completeRead(rules: NodeWorldRules, world: NodeWorld, shown: Disk): void {
  world.oldestShown = null;
  step(world, { kind: 'read-completed', counter: rules.isDiskShared ? shown.counter : null, isOurChallengeEchoed: false });
  const verdict = judge(rules, world);
  settle(world, shown, verdict);
  if (verdict.kind === 'unlinked' && verdict.mustFence && rules.isDiskShared) {
    world.disk = { ...world.disk, fenceEpoch: world.epoch };
    step(world, { kind: 'fence-written' });
  }
}

/** Also asked without a completed read: time alone must prove nothing. */
function settle(world: NodeWorld, shown: Disk, verdict: PatienceVerdict): void {
  if (world.run !== 'placed') return;
  const evidence = {
    ended: shown.ended === null ? [] : [{ ...attempt, outcome: outcome(shown.ended) }],
    isClosed: shown.isClosed,
    fenceConfirmation:
      shown.confirmedEpoch === 0
        ? null
        : {
            epoch: shown.confirmedEpoch,
            nonce: 'n1',
            attempts: [{ ...attempt, outcome: shown.confirmed === null ? null : outcome(shown.confirmed) }],
          },
  };
  for (const settlement of settleAttempts([attempt], evidence, world.patience, verdict, world.epoch)) {
    const hasExited = 'outcome' in settlement && settlement.outcome.kind === 'exit';
    if (!hasExited && shown.ended === 'exited')
      world.broken = 'a run was put back although its end was in the spool that had just been read';
    world.run = hasExited ? 'finished' : 'requeued';
  }
}

function outcome(ended: 'exited' | 'killed'): AttemptOutcome {
  const kind = ended === 'exited' ? 'exit' : 'signal';
  return {
    kind,
    exitCode: null,
    signal: null,
    stopCause: null,
    startedAtMs: null,
    endedAtMs: 0,
    checkpointAtMs: null,
    progress: null,
    detail: '',
  };
}
