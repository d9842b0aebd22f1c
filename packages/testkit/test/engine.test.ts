import { describe, expect, test } from 'vitest';
import { EngineWorld, exited, testCluster, testRun } from '../src/fakes/engine-world.ts';

async function startedWorld(...names: readonly string[]): Promise<EngineWorld> {
  const world = new EngineWorld();
  await world.start();
  await world.define(...names.map((name) => testRun(name)));
  return world;
}

describe('work that is ready', () => {
  test('asks the cluster for nodes, and runs start when a node says hello', async () => {
    const world = await startedWorld('a', 'b', 'x');
    expect(world.cluster.jobs.size).toBe(2);
    const node = await world.nodeComes(1);
    expect(world.link.to(node, 'start').map((start) => [start.spec.run, start.spec.attempt, start.slots])).toEqual([
      ['e@a', 1, [0]],
      ['e@b', 1, [1]],
    ]);
    expect([world.of('a'), world.of('x')]).toEqual(['running/starting', 'ready/queued']);
    await world.startsAll(node);
    expect(world.of('a')).toBe('running/running');
    await world.ends(node, 'a');
    expect(world.of('a')).toBe('finished/exit');
    expect(world.of('x')).toBe('running/starting');
    expect(world.link.to(node, 'ended-acknowledged')).toEqual([{ epoch: 1, kind: 'ended-acknowledged', run: 'e@a', attempt: 1 }]);
  });

  test('gives nodes back when nothing is left for them', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.ends(node, 'a');
    await world.passTime(31_000, node);
    expect(world.link.to(node, 'release')).toHaveLength(1);
    world.link.say(node, { kind: 'goodbye', reason: 'released' });
    world.cluster.end(world.engine.snapshot.allocation(node)?.token ?? '');
    await world.clock.advance(10_000);
    expect(world.engine.snapshot.allocations).toEqual([]);
    const polls = world.cluster.polls;
    await world.clock.advance(3_600_000);
    expect(world.cluster.polls).toBe(polls);
  });

  test('cancels pending allocations at once when nothing could use them any more', async () => {
    const world = await startedWorld('a');
    await world.engineCommand({ kind: 'cancel-runs', runs: ['e@a'], force: true, by: 'test', reason: null });
    await world.clock.advance(1_000);
    expect(world.of('a')).toBe('inactive/user-cancelled');
    expect([...world.cluster.jobs.values()].map((job) => job.state)).toEqual(['ended']);
  });
});

describe('a restart of the manager', () => {
  test('takes running runs up again: same attempts, nothing is started or submitted twice', async () => {
    const world = await startedWorld('a', 'b');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.restart();
    world.link.hello(node, 'nonce1', 2, {
      held: ['a', 'b'].map((name, slot) => ({
        run: `e@${name}`,
        attempt: 1,
        phase: 'executing' as const,
        slots: [slot],
        pid: 100,
        startedAtMs: 1,
      })),
    });
    await world.clock.advance(1_000);
    expect([world.of('a'), world.of('b')]).toEqual(['running/running', 'running/running']);
    expect(world.link.to(node, 'start')).toEqual([]);
    expect(world.link.to(node, 'stop')).toEqual([]);
    expect(world.cluster.jobs.size).toBe(1);
  });

  test('sends a start again that never reached its node, under the same number', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.restart();
    world.link.hello(node, 'nonce1', 2);
    await world.clock.advance(1_000);
    expect(world.link.to(node, 'start').map((start) => start.spec.attempt)).toEqual([1]);
  });

  test('ends what a node holds and nobody wants any more', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.restart();
    world.link.hello(node, 'nonce1', 2, {
      held: [
        { run: 'e@a', attempt: 1, phase: 'executing', slots: [0], pid: 100, startedAtMs: 1 },
        { run: 'e@ghost', attempt: 3, phase: 'executing', slots: [1], pid: 101, startedAtMs: 1 },
      ],
    });
    await world.clock.advance(1_000);
    expect(world.link.to(node, 'stop').map((stop) => [stop.run, stop.attempt])).toEqual([['e@ghost', 3]]);
  });

  test('finds the answer of a submission that it did not live to hear', async () => {
    const world = new EngineWorld();
    await world.start();
    world.cluster.answers.push({ kind: 'unknown', message: 'timed out' });
    await world.define(testRun('a'));
    const [allocation] = world.engine.snapshot.allocations;
    expect(allocation?.status).toBe('requested');
    await world.cluster.submit({
      allocation: allocation?.id ?? '',
      token: allocation?.token ?? '',
      slots: 2,
      resources: { slots: 2 },
      walltimeMs: null,
      avoidedHosts: [],
    });
    await world.restart();
    await world.clock.advance(61_000);
    expect(world.engine.snapshot.allocations.map(({ status, jobId }) => [status, jobId])).toEqual([['submitted', '1']]);
    expect(world.cluster.jobs.size).toBe(1);
  });
});

describe('a submission whose answer is unknown', () => {
  test('is given up only after two answers a minute apart that do not know it, and then made under a new name', async () => {
    const world = new EngineWorld();
    await world.start();
    world.cluster.answers.push({ kind: 'unknown', message: 'timed out' });
    await world.define(testRun('a'));
    await world.clock.advance(100_000);
    expect(world.cluster.jobs.size).toBe(0);
    await world.clock.advance(60_000);
    expect(world.cluster.jobs.size).toBe(1);
    expect(world.engine.snapshot.allocations.map(({ id }) => id)).toEqual(['c-00002']);
  });
});

describe('the bill of an allocation', () => {
  test('stays provisional until the cluster confirms it, and is asked for until then', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.ends(node, 'a');
    const token = world.engine.snapshot.allocation(node)?.token ?? '';
    world.link.say(node, { kind: 'goodbye', reason: 'released' });
    world.cluster.end(token, false);
    await world.clock.advance(10_000);
    expect(world.engine.snapshot.allocation(node)).toMatchObject({ status: 'ended', isConfirmed: false });
    const endedAtMs = world.clock.nowMs() - 1_000;
    world.cluster.end(token);
    await world.clock.advance(120_000);
    expect(world.engine.snapshot.allocation(node)).toMatchObject({ status: 'ended', isConfirmed: true });
    expect(world.engine.snapshot.allocation(node)?.endedAtMs).toBeGreaterThan(endedAtMs);
    const polls = world.cluster.polls;
    await world.clock.advance(3_600_000);
    expect(world.cluster.polls).toBe(polls);
  });
});

describe('a cluster in trouble', () => {
  test('that does not answer ends no allocation and is shown', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.cluster.isDown = true;
    await world.passTime(200_000, node);
    expect(world.of('a')).toBe('running/running');
    expect(world.engine.health.notices.join()).toMatch(/c does not answer/);
    world.cluster.isDown = false;
    await world.passTime(600_000, node);
    expect(world.engine.health.notices).toEqual([]);
  });

  test('that refuses for good is held with its sentence and not asked again', async () => {
    const world = new EngineWorld();
    await world.start();
    world.cluster.answers.push(
      { kind: 'refused', code: 'account', message: 'Invalid account' },
      { kind: 'refused', code: 'account', message: 'Invalid account' },
    );
    await world.define(testRun('a'));
    await world.clock.advance(3_600_000);
    expect(world.cluster.jobs.size).toBe(0);
    expect(world.engine.health.notices.join()).toMatch(/Invalid account/);
  });

  test('whose allocations end before their nodes connect is asked more and more rarely', async () => {
    const world = new EngineWorld(testCluster({ maxAllocations: 1 }));
    await world.start();
    await world.define(testRun('a'));
    for (let minute = 0; minute < 30; minute += 1) {
      for (const token of world.cluster.jobs.keys()) world.cluster.end(token);
      await world.clock.advance(60_000);
    }
    expect(world.cluster.jobs.size).toBeGreaterThan(3);
    expect(world.cluster.jobs.size).toBeLessThan(16);
  });
});

describe('a node that is not heard', () => {
  async function runningWorld(): Promise<{ world: EngineWorld; node: string }> {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.files.put(node, 'nonce1', { counter: 1 });
    return { world, node };
  }

  test('whose guards say that it is dead is settled within seconds, and its runs start elsewhere', async () => {
    const { world, node } = await runningWorld();
    world.link.cut(node);
    await world.clock.advance(400);
    expect(world.of('a')).toBe('running/running');
    world.files.put(node, 'nonce1', { isClosed: true });
    await world.clock.advance(5_000);
    expect(world.of('a')).toBe('ready/node-lost');
    expect(world.engine.run('e@a')?.crashes).toBe(1);
    const next = await world.nodeComes(2);
    expect(world.link.to(next, 'start').map((start) => start.spec.attempt)).toEqual([2]);
  });

  test('whose outcome lies in its spool is believed before its run is put back', async () => {
    const { world, node } = await runningWorld();
    world.link.cut(node);
    world.files.put(node, 'nonce1', { isClosed: true, ended: [{ run: 'e@a', attempt: 1, outcome: exited(world.clock.nowMs()) }] });
    await world.clock.advance(5_000);
    expect(world.of('a')).toBe('finished/exit');
  });

  test('keeps its runs while its counter moves, however long its link is cut', async () => {
    const { world, node } = await runningWorld();
    world.link.cut(node);
    for (let counter = 2; counter < 40; counter += 1) {
      world.files.put(node, 'nonce1', { counter });
      await world.clock.advance(15_000);
    }
    expect(world.of('a')).toBe('running/running');
    expect(world.engine.health.notices.join()).toMatch(/no node can connect/);
  });

  test('gets a fence after the patience with links, when others can connect', async () => {
    const world = new EngineWorld(testCluster({ slotsPerNode: 1, nodeResources: { slots: 1 } }));
    await world.start();
    await world.define(testRun('a'), testRun('b'));
    const lost = await world.nodeComes(1);
    const well = await world.nodeComes(2);
    await world.startsAll(lost);
    await world.startsAll(well);
    world.link.cut(lost);
    for (let counter = 1; counter < 60; counter += 1) {
      world.files.put(lost, 'nonce1', { counter });
      await world.passTime(15_000, well);
    }
    expect(world.files.fences.get(`${lost}-nonce1`)).toEqual({ epoch: 1, nonce: 'nonce1', attempts: [{ run: 'e@a', attempt: 1 }] });
    expect(world.of('a')).toBe('running/running');
    world.files.put(lost, 'nonce1', {
      counter: 99,
      fenceConfirmation: {
        epoch: 1,
        nonce: 'nonce1',
        attempts: [
          {
            run: 'e@a',
            attempt: 1,
            outcome: { ...exited(world.clock.nowMs()), kind: 'signal', exitCode: null, signal: 'SIGKILL', stopCause: 'node-lost' },
          },
        ],
      },
    });
    await world.passTime(30_000, well);
    expect(world.of('a')).toBe('ready/node-lost');
  });

  test('loses its runs only when lease and all margins have passed in silence on both channels', async () => {
    const { world, node } = await runningWorld();
    world.link.cut(node);
    await world.clock.advance(170_000);
    expect(world.of('a')).toBe('running/node-silent');
    await world.clock.advance(60_000);
    expect(world.of('a')).toBe('ready/node-lost');
    world.link.hello(node, 'nonce1', 2, { held: [{ run: 'e@a', attempt: 1, phase: 'executing', slots: [0], pid: 100, startedAtMs: 1 }] });
    expect(world.link.to(node, 'refused').map((refusal) => refusal.code)).toEqual(['fenced']);
  });

  test('is judged by the lease of its allocation and the staleness of its cluster: 45 s instead of 180 s', async () => {
    const fencing = { leaseMs: 15_000, fsStalenessMs: 0, linkPatienceMs: null, onManagerLost: { kind: 'finish' } } as const;
    const world = new EngineWorld(testCluster({ fencing }));
    await world.start();
    await world.define(testRun('a'));
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.files.put(node, 'nonce1', { counter: 1 });
    expect(world.link.to(node, 'welcome')[0]).toMatchObject({
      times: { leaseMs: 15_000, heartbeatMs: 2_500, fileHeartbeatMs: 2_500, fsStalenessMs: 0 },
      onManagerLost: { kind: 'finish' },
    });
    world.link.cut(node);
    await world.clock.advance(40_000);
    expect(world.of('a')).toBe('running/node-silent');
    await world.clock.advance(15_000);
    expect(world.of('a')).toBe('ready/node-lost');
  });

  test('keeps the lease that it was told when the cluster gets a shorter one, also for a later manager', async () => {
    const { world, node } = await runningWorld();
    const fencing = {
      leaseMs: 15_000,
      fsStalenessMs: null,
      linkPatienceMs: null,
      onManagerLost: { kind: 'stop', afterMs: 60_000 },
    } as const;
    await world.engineCommand({ kind: 'define-clusters', clusters: [testCluster({ fencing })] });
    await world.restart();
    await world.clock.advance(160_000);
    expect(world.of('a')).toBe('running/node-silent');
    world.link.hello(node, 'nonce1', 2, { held: [{ run: 'e@a', attempt: 1, phase: 'executing', slots: [0], pid: 100, startedAtMs: 1 }] });
    expect(world.link.to(node, 'welcome')[0]).toMatchObject({
      times: { leaseMs: 90_000 },
      onManagerLost: { kind: 'stop', afterMs: 60_000 },
    });
  });

  test('is not judged while its folder cannot be read', async () => {
    const { world, node } = await runningWorld();
    world.link.cut(node);
    world.files.isCut = true;
    await world.clock.advance(3_600_000);
    expect(world.of('a')).toBe('running/running');
  });

  test('comes back empty under a new nonce and its old runs are put back by its own word', async () => {
    const { world, node } = await runningWorld();
    world.link.cut(node);
    await world.clock.advance(1_000);
    world.link.hello(node, 'nonce2', 2, { endedNonces: ['nonce1'] });
    await world.clock.advance(100);
    expect(world.engine.run('e@a')?.attempt).toBe(2);
    expect(world.link.to(node, 'start').at(-1)?.spec).toMatchObject({ run: 'e@a', attempt: 2 });
  });

  test('is turned away under a new nonce while the old one is not proven to have ended', async () => {
    const { world, node } = await runningWorld();
    world.link.hello(node, 'nonce2', 2);
    await world.clock.advance(100);
    expect(world.link.to(node, 'refused').map((refusal) => refusal.code)).toEqual(['another-nonce']);
    expect(world.of('a')).toBe('running/running');
  });
});

describe('a run under which nodes die', () => {
  test('fails after crash_limit of them, counted over restarts of the manager; a resume starts the count anew', async () => {
    const world = new EngineWorld();
    await world.start();
    await world.define(testRun('a', { crashLimit: 3 }));
    for (const number of [1, 2, 3]) {
      const node = await world.nodeComes(number);
      await world.startsAll(node);
      world.files.put(node, `nonce${number}`, { isClosed: true });
      world.cluster.end(world.engine.snapshot.allocation(node)?.token ?? '');
      world.link.cut(node);
      await world.clock.advance(6_000);
      expect(world.of('a')).toBe(number < 3 ? 'ready/node-lost' : 'failed/crash-limit');
      await world.restart();
      expect(world.engine.run('e@a')?.crashes).toBe(number);
    }
    await world.engineCommand({ kind: 'resume-runs', runs: ['e@a'], by: 'test' });
    expect(world.engine.run('e@a')).toMatchObject({ status: 'ready', crashes: 0 });
  });
});

describe('an upgrade', () => {
  test('to the next version of the protocol leaves nodes of the last one at their work, in their own words', async () => {
    const world = await startedWorld('a', 'b');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.protocol = 2;
    await world.restart();
    world.link.hello(node, 'nonce1', 2, {
      held: ['a', 'b'].map((name, slot) => ({
        run: `e@${name}`,
        attempt: 1,
        phase: 'executing' as const,
        slots: [slot],
        pid: 100,
        startedAtMs: 1,
      })),
    });
    await world.clock.advance(1_000);
    expect(world.link.to(node, 'welcome').map(({ protocol }) => protocol)).toEqual([1]);
    expect([world.of('a'), world.of('b')]).toEqual(['running/running', 'running/running']);
    await world.ends(node, 'a');
    expect(world.of('a')).toBe('finished/exit');
  });

  test('over two versions turns the nodes away with a sentence; their runs go on until they end', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.protocol = 3;
    await world.restart();
    world.link.hello(node, 'nonce1', 2);
    await world.clock.advance(1_000);
    expect(world.link.to(node, 'refused')).toMatchObject([
      { code: 'protocol', message: 'it speaks protocol 1, this manager speaks 3 and 2' },
    ]);
    expect(world.of('a')).toBe('running/running');
  });
});

describe('messages from the past', () => {
  test('an end of an earlier attempt changes nothing, and is acknowledged so that it is not repeated', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.link.say(node, { kind: 'ended', run: 'e@a', attempt: 7, outcome: exited(world.clock.nowMs()) });
    await world.clock.advance(100);
    expect(world.of('a')).toBe('running/running');
    expect(world.link.to(node, 'ended-acknowledged')).toHaveLength(1);
  });

  test('an end that comes twice counts once', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.ends(node, 'a', { exitCode: 3 });
    await world.ends(node, 'a', { exitCode: 0 });
    expect(world.of('a')).toBe('failed/exit');
  });
});

describe('a cluster that is removed from the definitions', () => {
  test('gets its waiting allocations cancelled and its nodes emptied and released, also by a later manager', async () => {
    const world = await startedWorld('a', 'b', 'x');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.engineCommand({ kind: 'define-clusters', clusters: [] });
    expect(world.link.to(node, 'stop').map((stop) => stop.run)).toEqual(['e@a', 'e@b']);
    await world.restart();
    world.link.hello(node, 'nonce1', 2);
    await world.clock.advance(1_000);
    expect([world.of('a'), world.of('b')]).toEqual(['ready/node-lost', 'ready/node-lost']);
    expect(world.link.to(node, 'release')).not.toHaveLength(0);
    world.link.say(node, { kind: 'goodbye', reason: 'released' });
    for (const token of world.cluster.jobs.keys()) world.cluster.end(token);
    await world.clock.advance(10_000);
    expect(world.engine.snapshot.allocations).toEqual([]);
  });
});

describe('a stop of the manager', () => {
  test('leaves no timer that would hold its process, also when nodes have just left', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.ends(node, 'a');
    world.link.cut(node);
    await world.clock.advance(10);
    world.link.hello(node, 'nonce1', 2);
    world.link.say(node, { kind: 'goodbye', reason: 'released' });
    for (const token of world.cluster.jobs.keys()) world.cluster.end(token);
    await world.clock.advance(1_000);
    expect(await world.engine.stop('leave')).toMatchObject({ remainingNodes: [] });
    expect(world.clock.pendingCount).toBe(0);
  });

  test('that gives everything back may be asked for while one that leaves busy nodes is under way', async () => {
    const world = await startedWorld('a', 'b', 'x');
    const busy = await world.nodeComes(1);
    await world.startsAll(busy);
    const left = world.engine.stop('leave');
    expect(world.link.to(busy, 'stop')).toEqual([]);
    const released = world.engine.stop('release');
    for (const token of world.cluster.jobs.keys()) if (token !== world.engine.snapshot.allocation(busy)?.token) world.cluster.end(token);
    await world.clock.advance(100);
    expect(world.link.to(busy, 'stop').map((stop) => stop.run)).toEqual(['e@a', 'e@b']);
    world.link.say(busy, { kind: 'goodbye', reason: 'released' });
    for (const token of world.cluster.jobs.keys()) world.cluster.end(token);
    await world.clock.advance(60_000);
    expect(await left).toMatchObject({ stoppedRuns: 2, endedNodes: 1, remainingNodes: [] });
    expect(await released).toEqual(await left);
  });
});

describe('two managers', () => {
  test('the one with the lower epoch stops acting with its next commit', async () => {
    const world = await startedWorld('a');
    world.highestEpoch = 9;
    await world.clock.advance(6_000);
    const journaled = world.journal.length;
    void world.engine.command({ kind: 'cancel-runs', runs: ['e@a'], force: true, by: 'test', reason: null });
    await world.clock.advance(6_000);
    expect(world.isSuperseded).toBe(true);
    expect(world.journal.length).toBe(journaled);
  });
});
