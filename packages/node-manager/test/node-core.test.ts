import { describe, expect, test } from 'vitest';
import type { FenceConfirmation } from '@juqueue/core';
import { defaultFencingTimes, protocolVersion } from '@juqueue/core';
import { NodeWorld } from './node-world.ts';

const savesOnSignal = { kind: 'signal', signal: 'USR1', graceMs: 60_000, exitCode: 85 } as const;

describe('slots and starts', () => {
  test('attempts sent ahead start in the order of their coming as slots free', () => {
    const world = new NodeWorld({ slots: 1 }).link();
    for (const name of ['a', 'b', 'c']) world.start(name);
    expect(world.started).toEqual(['e@a#1']);
    world.begins('a');
    world.ends('a');
    expect(world.started).toEqual(['e@a#1', 'e@b#1']);
    world.begins('b');
    world.ends('b');
    expect(world.started).toEqual(['e@a#1', 'e@b#1', 'e@c#1']);
  });

  test('a run that needs two slots is not overtaken by one that needs one', () => {
    const world = new NodeWorld({ slots: 2 }).link();
    world.start('one');
    world.start('two', { slotCount: 2 });
    world.start('small');
    expect(world.started).toEqual(['e@one#1']);
    world.begins('one');
    world.ends('one');
    expect(world.started).toEqual(['e@one#1', 'e@two#1']);
    world.begins('two');
    expect(world.said('started').at(-1)).toMatchObject({ run: 'e@two', slots: [0, 1] });
  });

  test('a run that needs more slots than the node has is answered at once', () => {
    const world = new NodeWorld({ slots: 2 }).link();
    world.start('wide', { slotCount: 3 });
    expect(world.said('ended')).toMatchObject([
      { run: 'e@wide', outcome: { kind: 'never-started', detail: 'needs 3 slots, this node has 2' } },
    ]);
  });

  test('a run waits for its devices as for its slots, and one that wants more than the node has is answered at once', () => {
    const node = new NodeWorld({ slots: 3, devices: ['0', '1'] }).link();
    expect(node.said('hello')[0]).toMatchObject({ found: { cpus: 8, memoryBytes: 1e9, devices: 2 } });
    node.start('a', { gpus: 1 });
    node.start('b', { gpus: 2 });
    expect(node.started).toEqual(['e@a#1']);
    node.begins('a');
    node.ends('a');
    expect(node.started).toEqual(['e@a#1', 'e@b#1']);
    node.start('c', { gpus: 3 });
    expect(node.said('ended').at(-1)).toMatchObject({
      run: 'e@c',
      outcome: { kind: 'never-started', detail: 'needs 3 devices, this node has 2' },
    });
  });

  test('a start that comes twice executes once', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.start('a');
    world.begins('a');
    world.start('a');
    expect(world.started).toEqual(['e@a#1']);
    expect(world.said('started')).toHaveLength(2);
  });

  test('a start that comes again after the end is answered by the outcome, and by nothing once that is acknowledged', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.ends('a');
    world.clock.pass(1);
    world.start('a');
    expect(world.said('ended')).toHaveLength(2);
    world.say({ kind: 'ended-acknowledged', run: 'e@a', attempt: 1 });
    world.start('a');
    expect(world.said('ended')).toHaveLength(2);
    expect(world.started).toEqual(['e@a#1']);
  });

  test('an older attempt than the newest that was here is dropped', () => {
    const world = new NodeWorld().link();
    world.start('a', { attempt: 3 });
    world.start('a', { attempt: 2 });
    expect(world.started).toEqual(['e@a#3']);
  });

  test('a message of a lower epoch is dropped and counted', () => {
    const world = new NodeWorld();
    world.epoch = 5;
    world.link();
    world.say({ kind: 'release', reason: 'an old manager says so' }, 4);
    expect(world.core.messagesDropped).toBe(1);
    expect(world.left).toBeNull();
  });

  test('nothing starts before the welcome', () => {
    const world = new NodeWorld();
    world.core.onLinkUp();
    world.start('a');
    expect(world.started).toEqual([]);
  });
});

describe('stopping', () => {
  test('the signal, the grace, then SIGKILL', () => {
    const world = new NodeWorld().link();
    world.start('a', { checkpoint: savesOnSignal });
    world.begins('a');
    world.stop('a', 'walltime', 'end', 10_000);
    expect(world.signals).toEqual([['e@a#1', 'USR1']]);
    world.clock.pass(9_999);
    expect(world.kills).toEqual([]);
    world.clock.pass(2);
    expect(world.kills).toEqual(['e@a#1']);
    expect(world.said('ended')).toMatchObject([{ outcome: { kind: 'signal', signal: 'SIGKILL', stopCause: 'walltime' } }]);
  });

  test('the first cause wins', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.stop('a', 'walltime', 'end');
    world.stop('a', 'user', 'end');
    world.ends('a', { kind: 'exit', code: 1 }, { wasSignalled: true });
    world.clock.pass(1);
    expect(world.said('ended')[0]?.outcome.stopCause).toBe('walltime');
  });

  test('a saving gives way to an end, whose cause then counts', () => {
    const world = new NodeWorld().link();
    world.start('a', { checkpoint: savesOnSignal });
    world.begins('a');
    world.stop('a', 'consolidation', 'save');
    world.stop('a', 'user', 'end');
    world.clock.pass(10_001);
    expect(world.kills).toEqual(['e@a#1']);
    expect(world.said('stop-withdrawn')).toEqual([]);
    expect(world.said('ended')[0]?.outcome.stopCause).toBe('user');
  });

  test('a saving never kills, and after its withdrawal the end is the run’s own', () => {
    const world = new NodeWorld().link();
    world.start('a', { checkpoint: savesOnSignal });
    world.begins('a');
    world.stop('a', 'consolidation', 'save');
    world.clock.pass(10_001);
    expect(world.said('stop-withdrawn')).toEqual([{ kind: 'stop-withdrawn', run: 'e@a', attempt: 1 }]);
    world.clock.pass(60_000);
    expect(world.kills).toEqual([]);
    world.ends('a', { kind: 'exit', code: 3 }, { wasSignalled: true });
    world.clock.pass(1);
    expect(world.said('ended')[0]?.outcome).toMatchObject({ exitCode: 3, stopCause: null });
  });

  test('an end that came before our signal reached it is the run’s own', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.stop('a', 'user', 'end');
    world.ends('a', { kind: 'exit', code: 0 }, { wasSignalled: false });
    world.clock.pass(1);
    expect(world.said('ended')[0]?.outcome.stopCause).toBeNull();
  });

  test('an attempt that waits is recalled', () => {
    const world = new NodeWorld({ slots: 1 }).link();
    world.start('a');
    world.start('b');
    world.stop('b', 'user', 'end');
    expect(world.said('ended')).toMatchObject([{ run: 'e@b', outcome: { kind: 'never-started', stopCause: 'user' } }]);
    world.begins('a');
    world.ends('a');
    expect(world.started).toEqual(['e@a#1']);
  });

  test('an attempt that was recalled before it arrived never starts', () => {
    const world = new NodeWorld().link();
    world.stop('a', 'user', 'end');
    world.start('a');
    expect(world.started).toEqual([]);
    expect(world.said('ended').map(({ outcome }) => outcome.kind)).toEqual(['never-started', 'never-started']);
  });

  test('kills that nobody confirms end the spawner', () => {
    const world = new NodeWorld().link();
    world.killsWork = false;
    world.start('a');
    world.begins('a');
    world.stop('a', 'user', 'end', 0);
    world.clock.pass(5_000);
    expect(world.abandoned).toEqual(['e@a#1']);
  });

  test('a time limit is kept by the node alone', () => {
    const world = new NodeWorld().link();
    world.start('a', { timeLimitMs: 5_000, graceMs: 1_000 });
    world.begins('a');
    world.clock.pass(6_001);
    expect(world.signals).toEqual([['e@a#1', 'TERM']]);
    expect(world.said('ended')).toMatchObject([{ outcome: { stopCause: 'time-limit' } }]);
  });
});

describe('outcomes', () => {
  test('they are sent and spooled at once, and told again in every hello until they are acknowledged', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.ends('a', { kind: 'exit', code: 7 });
    world.clock.pass(1);
    expect(world.said('ended')).toHaveLength(1);
    expect(world.records).toMatchObject([{ record: { kind: 'ended', run: 'e@a', outcome: { exitCode: 7 } } }]);
    world.core.onLinkDown();
    world.link();
    expect(world.said('hello').at(-1)?.ended).toMatchObject([{ run: 'e@a', attempt: 1 }]);
    world.say({ kind: 'ended-acknowledged', run: 'e@a', attempt: 1 });
    world.core.onLinkDown();
    world.link();
    expect(world.said('hello').at(-1)?.ended).toEqual([]);
  });

  test('a hung file system delays an outcome by two seconds at most', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.hasFiles = false;
    world.ends('a', { kind: 'exit', code: 7 });
    world.clock.pass(1_999);
    expect(world.said('ended')).toEqual([]);
    world.clock.pass(2);
    expect(world.said('ended')).toMatchObject([{ outcome: { exitCode: 7 } }]);
  });

  test('the next run starts before the outcome of the one before is known', () => {
    const world = new NodeWorld({ slots: 1 }).link();
    world.hasFiles = false;
    world.start('a');
    world.start('b');
    world.begins('a');
    world.ends('a');
    expect(world.started).toEqual(['e@a#1', 'e@b#1']);
  });
});

describe('the lease', () => {
  test('answered heartbeats keep it', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.clock.pass(600_000);
    expect(world.kills).toEqual([]);
    expect(world.nonces).toEqual(['n1']);
  });

  test('files keep it while the link is down, once the manager’s challenge was read there', () => {
    const world = new NodeWorld().link();
    world.share();
    world.start('a');
    world.begins('a');
    world.core.onLinkDown();
    world.clock.pass(600_000);
    expect(world.echoes).toHaveLength(1);
    expect(world.kills).toEqual([]);
  });

  test('a short one is kept by files from its first seconds on, however late the welcome said how short it is', () => {
    const times = {
      ...defaultFencingTimes,
      leaseMs: 15_000,
      heartbeatMs: 2_500,
      fileHeartbeatMs: 2_500,
      fenceReadMs: 2_500,
      linkQuietMs: 7_500,
    };
    const world = new NodeWorld();
    world.clock.pass(1_000);
    world.link(times);
    world.start('a');
    world.begins('a');
    world.clock.pass(times.fenceReadMs);
    expect(world.reads.length).toBeGreaterThanOrEqual(3);
    world.share();
    world.core.onLinkDown();
    world.clock.pass(60_000);
    expect(world.kills).toEqual([]);
    expect(world.nonces).toEqual(['n1']);
  });

  test('a work-dir that is not shared keeps nothing', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.core.onLinkDown();
    world.clock.pass(91_000);
    expect(world.kills).toEqual(['e@a#1']);
  });

  test('its end kills all runs, closes the spool with the cause, and the node goes on under a new nonce', () => {
    const world = new NodeWorld({ slots: 2 }).link();
    for (const name of ['a', 'b', 'waiting']) world.start(name);
    world.begins('a');
    world.begins('b');
    world.answersHeartbeats = false;
    world.clock.pass(91_000);
    expect(world.kills).toEqual(['e@a#1', 'e@b#1']);
    const old = world.records
      .filter(({ nonce }) => nonce === 'n1')
      .map(({ record }) => (record.kind === 'ended' ? [record.run, record.outcome.stopCause] : [record.kind]));
    expect(old.sort()).toEqual([['closed'], ['e@a', 'node-lost'], ['e@b', 'node-lost'], ['e@waiting', 'node-lost']]);
    expect(world.nonce).toBe('n2');
    world.link();
    expect(world.said('hello').at(-1)).toMatchObject({ nonce: 'n2', endedNonces: ['n1'], held: [] });
  });

  test('what had ended before its end is still told under the new nonce: a finished run was executed again because it was not', () => {
    const world = new NodeWorld().link();
    for (const name of ['a', 'b']) {
      world.start(name);
      world.begins(name);
    }
    world.answersHeartbeats = false;
    world.ends('a');
    world.clock.pass(91_000);
    expect(world.nonce).toBe('n2');
    world.link();
    expect(world.said('hello').at(-1)?.ended).toMatchObject([
      { run: 'e@a', attempt: 1, outcome: { kind: 'exit', exitCode: 0, stopCause: null } },
      { run: 'e@b', attempt: 1, outcome: { stopCause: 'node-lost' } },
    ]);
    for (const name of ['a', 'b']) world.say({ kind: 'ended-acknowledged', run: `e@${name}`, attempt: 1 });
    world.core.onLinkUp();
    expect(world.said('hello').at(-1)?.ended).toEqual([]);
  });

  test('the node looks at its clocks twice a second while it executes: runs outlived the lease by 5 s after a suspension, in which no timer becomes due', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.clock.pass(2_500);
    world.clock.suspend(100_000);
    world.clock.pass(500);
    expect(world.kills).toEqual(['e@a#1']);
  });

  test('hellos are numbered, so that one that comes late is known to be', () => {
    const world = new NodeWorld().link();
    world.core.onLinkDown();
    world.link();
    expect(world.said('hello').map(({ connection }) => connection)).toEqual([1, 2]);
  });

  test('a new nonce is not taken before every kill is confirmed', () => {
    const world = new NodeWorld().link();
    world.killsWork = false;
    world.start('a');
    world.begins('a');
    world.answersHeartbeats = false;
    world.clock.pass(200_000);
    expect(world.nonce).toBe('n1');
    world.ends('a', { kind: 'lost', detail: 'swept' });
    world.clock.pass(1);
    expect(world.nonce).toBe('n2');
  });

  test('after a thaw the first thing that happens is the look at the clock: no message is obeyed', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.clock.freeze(100_000);
    world.start('late');
    expect(world.kills).toEqual(['e@a#1']);
    expect(world.started).toEqual(['e@a#1']);
    expect(world.core.messagesDropped).toBe(1);
  });

  test('a node that was given up ends its runs at once', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.core.onLinkDown();
    world.core.onLinkUp();
    world.say({ kind: 'refused', code: 'fenced', message: 'its runs were put back' });
    expect(world.kills).toEqual(['e@a#1']);
    world.clock.pass(1);
    expect(world.nonce).toBe('n2');
  });
});

describe('fence orders', () => {
  test('an unlinked node ends what the order names and confirms it with the outcome', () => {
    const world = new NodeWorld().link();
    world.share();
    world.start('a');
    world.start('b');
    world.begins('a');
    world.begins('b');
    world.core.onLinkDown();
    world.fence([{ run: 'e@a', attempt: 1 }]);
    expect(world.kills).toEqual(['e@a#1']);
    expect(JSON.parse(world.confirmations[0] ?? '') as FenceConfirmation).toMatchObject({
      epoch: 1,
      attempts: [{ run: 'e@a', outcome: null }],
    });
    world.clock.pass(1);
    expect(JSON.parse(world.confirmations[1] ?? '') as FenceConfirmation).toMatchObject({
      attempts: [{ run: 'e@a', outcome: { stopCause: 'node-lost' } }],
    });
  });

  test('an attempt that the order names and that never arrived will never start', () => {
    const world = new NodeWorld().link();
    world.share();
    world.core.onLinkDown();
    world.fence([{ run: 'e@a', attempt: 1 }]);
    expect(JSON.parse(world.confirmations[0] ?? '') as FenceConfirmation).toMatchObject({
      attempts: [{ outcome: { kind: 'never-started' } }],
    });
    world.link();
    world.start('a');
    expect(world.started).toEqual([]);
  });

  test('an order of a lower epoch is not obeyed', () => {
    const world = new NodeWorld();
    world.epoch = 5;
    world.link();
    world.start('a');
    world.begins('a');
    world.core.onLinkDown();
    world.fence([{ run: 'e@a', attempt: 1 }], 4);
    expect(world.kills).toEqual([]);
  });
});

describe('the end of the allocation', () => {
  test('each run is asked its grace before the margin, the end is announced once, and the node leaves in time', () => {
    const world = new NodeWorld({ deadlineMs: 3_600_000 }).link();
    world.start('long', { checkpoint: { ...savesOnSignal, graceMs: 120_000 } });
    world.start('short', { graceMs: 30_000 });
    world.begins('long');
    world.begins('short');
    world.clock.pass(3_600_000 - 10_000 - 120_000 - 1);
    expect(world.signals).toEqual([]);
    world.clock.pass(2);
    expect(world.signals).toEqual([['e@long#1', 'USR1']]);
    expect(world.said('ending')).toMatchObject([{ cause: 'walltime' }]);
    world.clock.pass(90_000);
    expect(world.signals.at(-1)).toEqual(['e@short#1', 'TERM']);
    world.clock.pass(30_001);
    for (const { run, attempt, outcome } of world.said('ended')) {
      expect(outcome.stopCause).toBe('walltime');
      world.say({ kind: 'ended-acknowledged', run, attempt });
    }
    expect(world.said('ended')).toHaveLength(2);
    expect(world.said('ending')).toHaveLength(1);
    world.clock.pass(1);
    expect(world.left).toBe('its allocation ends (walltime)');
  });

  test('a start after the announcement is answered by never-started, with the cause', () => {
    const world = new NodeWorld({ deadlineMs: 60_000 }).link();
    world.start('a', { graceMs: 15_000 });
    world.begins('a');
    world.clock.pass(60_000 - 6_000 - 15_000 + 1);
    world.start('b');
    expect(world.said('ended')).toMatchObject([{ run: 'e@b', outcome: { kind: 'never-started', stopCause: 'walltime' } }]);
  });

  test('a preempted node announces it, stops its runs with that cause and leaves', () => {
    const world = new NodeWorld({ endCause: 'preempted' }).link();
    world.start('a');
    world.begins('a');
    world.core.onEndRequested();
    expect(world.said('ending')).toMatchObject([{ cause: 'preempted' }]);
    world.ends('a', { kind: 'signal', signal: 'SIGTERM', isOutOfMemory: false }, { wasSignalled: true });
    world.clock.pass(1);
    expect(world.said('ended')).toMatchObject([{ outcome: { stopCause: 'preempted' } }]);
    world.say({ kind: 'ended-acknowledged', run: 'e@a', attempt: 1 });
    world.clock.pass(1);
    expect(world.left).not.toBeNull();
  });

  test('a run that the cluster signals beside its node has neither failed nor finished', () => {
    const world = new NodeWorld({ endCause: 'preempted', slots: 3 }).link();
    for (const name of ['a', 'b', 'c']) {
      world.start(name);
      world.begins(name);
    }
    world.ends('a', { kind: 'signal', signal: 'SIGTERM', isOutOfMemory: false });
    world.clock.pass(500);
    world.ends('b', { kind: 'exit', code: 143 });
    world.core.onEndRequested();
    world.ends('c', { kind: 'exit', code: 0 });
    world.clock.pass(1);
    const causes = Object.fromEntries(world.said('ended').map(({ run, outcome }) => [run, outcome.stopCause]));
    expect(causes).toEqual({ 'e@a': 'preempted', 'e@b': 'preempted', 'e@c': 'preempted' });
  });

  test('a run that fails by itself is told as failed a second later, where the cluster might have signalled it', () => {
    const world = new NodeWorld({ endCause: 'preempted' }).link();
    world.start('a');
    world.begins('a');
    world.ends('a', { kind: 'exit', code: 1 });
    world.clock.pass(999);
    expect(world.said('ended')).toEqual([]);
    world.clock.pass(2);
    expect(world.said('ended')).toMatchObject([{ outcome: { kind: 'exit', exitCode: 1, stopCause: null } }]);
    world.core.onEndRequested();
    expect(world.said('ended').length).toBe(1);
  });
});

describe('leaving', () => {
  test('a released node finishes its runs, waits for the acknowledgement, says goodbye and leaves', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.say({ kind: 'release', reason: 'no work needs it' });
    expect(world.said('goodbye')).toEqual([]);
    world.ends('a');
    world.clock.pass(1);
    expect(world.said('goodbye')).toEqual([]);
    world.say({ kind: 'ended-acknowledged', run: 'e@a', attempt: 1 });
    expect(world.said('goodbye')).toEqual([{ kind: 'goodbye', reason: 'no work needs it' }]);
    world.clock.pass(1);
    expect(world.records.at(-1)?.record).toMatchObject({ kind: 'closed', by: 'node' });
    expect(world.left).toBe('no work needs it');
  });

  test('it leaves without the acknowledgement when none comes: its spool has the outcomes', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.say({ kind: 'release', reason: 'no work needs it' });
    world.ends('a');
    world.clock.pass(31_000);
    expect(world.said('goodbye')).toEqual([]);
    expect(world.left).toBe('no work needs it');
  });

  test('a file system that hangs does not keep it', () => {
    const world = new NodeWorld().link();
    world.hasFiles = false;
    world.say({ kind: 'release', reason: 'no work needs it' });
    world.clock.pass(3_001);
    expect(world.left).toBe('no work needs it');
  });

  test('a node that never finds a manager leaves after ten minutes', () => {
    const world = new NodeWorld();
    world.clock.pass(595_000);
    expect(world.left).toBeNull();
    world.clock.pass(10_000);
    expect(world.left).toBe('no manager was found');
  });

  test('a node that lost its manager finishes its runs and leaves after its idle timeout', () => {
    const world = new NodeWorld().link();
    world.share();
    world.start('a');
    world.begins('a');
    world.core.onLinkDown();
    world.clock.pass(3_600_000);
    expect(world.left).toBeNull();
    world.ends('a');
    world.clock.pass(20_000);
    expect(world.left).toBeNull();
    world.clock.pass(20_000);
    expect(world.left).toBe('its manager is gone and nothing is left to do');
  });

  test('a node whose cluster says stop_after ends its runs as planned stops that long after it lost its manager', () => {
    const world = new NodeWorld();
    world.core.onLinkUp();
    world.say({
      kind: 'welcome',
      protocol: protocolVersion,
      times: defaultFencingTimes,
      idleTimeoutMs: 30_000,
      onManagerLost: { kind: 'stop', afterMs: 600_000 },
    });
    world.share();
    world.start('a');
    world.begins('a');
    world.core.onLinkDown();
    world.clock.pass(600_000);
    expect(world.signals).toEqual([]);
    world.clock.pass(40_000);
    expect(world.signals).toEqual([['e@a#1', 'TERM']]);
    world.ends('a', { kind: 'signal', signal: 'SIGTERM', isOutOfMemory: false }, { wasSignalled: true });
    world.clock.pass(4_000);
    expect(world.records.map(({ record }) => record)).toMatchObject([
      { kind: 'ended', outcome: { stopCause: 'manager-stop' } },
      { kind: 'closed' },
    ]);
    expect(world.left).toBe('its manager has been gone for as long as its cluster allows');
  });

  test('without a manager nothing that was sent ahead starts any more after a minute, until it is back', () => {
    const world = new NodeWorld({ slots: 1 }).link();
    world.share();
    world.start('a');
    world.start('b');
    world.begins('a');
    world.core.onLinkDown();
    world.clock.pass(61_000);
    world.ends('a');
    world.clock.pass(1);
    expect(world.started).toEqual(['e@a#1']);
    world.link();
    expect(world.started).toEqual(['e@a#1', 'e@b#1']);
  });

  test('a work-dir that was deleted ends the runs and the node', () => {
    const world = new NodeWorld().link();
    world.start('a');
    world.begins('a');
    world.core.onStorage({ kind: 'work-dir-gone' });
    expect(world.signals).toEqual([['e@a#1', 'TERM']]);
    world.hasFiles = false;
    world.clock.pass(60_000);
    expect(world.left).toBe('the work-dir is gone');
  });

  test('a link whose heartbeats nobody answers is built anew', () => {
    const world = new NodeWorld().link();
    world.answersHeartbeats = false;
    world.clock.pass(16_000);
    expect(world.reconnects).toBe(1);
  });
});
