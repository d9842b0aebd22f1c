import { describe, expect, test } from 'vitest';
import { EngineWorld, exited, testCluster, testRun } from '../src/fakes/engine-world.ts';

/** Each of these was found by a simulated world (packages/testkit/src/faults). */
async function startedWorld(...names: readonly string[]): Promise<EngineWorld> {
  const world = new EngineWorld();
  await world.start();
  await world.define(...names.map((name) => testRun(name)));
  return world;
}

describe('while the journal hangs', () => {
  test('an outcome is not acknowledged, however often it is said: the second time it was, before the first was durable', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.store.isHeld = true;
    const ended = { kind: 'ended', run: 'e@a', attempt: 1, outcome: exited(world.clock.nowMs()) } as const;
    for (let i = 0; i < 2; i += 1) {
      world.link.say(node, ended);
      await world.clock.advance(1_000);
    }
    world.link.hello(node, 'nonce1', 2);
    await world.clock.advance(1_000);
    expect(world.link.to(node, 'ended-acknowledged')).toEqual([]);
    world.store.letAllGo();
    await world.clock.advance(1_000);
    expect(world.link.to(node, 'ended-acknowledged')).not.toEqual([]);
  });

  test('a start is sent only when its own placement is durable: that of the attempt before it was taken for it', async () => {
    const world = new EngineWorld(testCluster({ slotsPerNode: 1, nodeResources: { slots: 1 } }));
    await world.start();
    await world.define(testRun('a'), testRun('b'), testRun('x', { priority: -1 }));
    const [one, two] = [await world.nodeComes(1), await world.nodeComes(2)];
    await world.startsAll(one);
    await world.startsAll(two);
    world.store.isHeld = true;
    await world.ends(one, 'a');
    expect(world.engine.run('e@x')).toMatchObject({ attempt: 1, execution: { node: one } });
    world.link.say(one, { kind: 'goodbye', reason: 'going' });
    await world.clock.advance(100);
    await world.ends(two, 'b');
    expect(world.engine.run('e@x')).toMatchObject({ attempt: 2, execution: { node: two } });
    world.store.letOneGo();
    await world.clock.advance(100);
    expect(world.link.to(two, 'start').map(({ spec }) => spec.run)).toEqual(['e@b']);
    world.store.letAllGo();
    await world.clock.advance(100);
    expect(world.link.to(two, 'start').map(({ spec }) => [spec.run, spec.attempt])).toEqual([
      ['e@b', 1],
      ['e@x', 2],
    ]);
  });

  test('a manager that is replaced meanwhile does and acknowledges nothing any more: it submitted nodes and said that a cancel was done', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.store.isHeld = true;
    const cancel = world.engine.command({ kind: 'cancel-runs', runs: ['e@a'], force: true, by: 'test', reason: null });
    await world.clock.advance(1_000);
    world.highestEpoch += 1;
    await world.clock.advance(10_000);
    world.store.letAllGo();
    await world.clock.advance(1_000);
    expect(await cancel).toMatchObject({ kind: 'refused', problem: { code: 'JQ_STOPPING' } });
    expect(world.link.to(node, 'stop')).toEqual([]);
    expect(world.isSuperseded).toBe(true);
  });

  test('decisions wait, and are made once it is well again, without anything else happening: a run stayed ready for ever', async () => {
    const world = await startedWorld();
    world.store.trouble = 'no space left on device';
    world.engine.requestTick();
    await world.clock.advance(1_000);
    const before = world.engine.lastPlan;
    world.store.trouble = null;
    await world.clock.advance(2_000);
    expect(world.engine.lastPlan).not.toBe(before);
  });
});

describe('a hello', () => {
  const executing = { run: 'e@a', attempt: 1, phase: 'executing', slots: [0], pid: 100, startedAtMs: 1 } as const;

  test('of an older connection that comes late is dropped: what had started since was taken for lost, and executed twice', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    world.link.hello(node, 'nonce1', 2, { connection: 5, held: [executing] });
    await world.clock.advance(100);
    world.link.hello(node, 'nonce1', 2, { connection: 4, held: [] });
    await world.clock.advance(100);
    expect(world.engine.run('e@a')).toMatchObject({ status: 'running', attempt: 1 });
  });

  test('tells its deadline by the clock of its node: one whose clock was behind was never given a run, and replaced for ever', async () => {
    const world = new EngineWorld(testCluster({ walltimeMs: 600_000 }));
    await world.start();
    await world.define(testRun('a'));
    const clockMs = world.clock.nowMs() - 3_600_000;
    world.cluster.start(world.engine.snapshot.allocation('c-00001')?.token ?? '');
    world.link.hello('c-00001', 'nonce1', 2, { clockMs, deadlineMs: clockMs + 600_000 });
    await world.clock.advance(100);
    expect(world.link.to('c-00001', 'start')).toHaveLength(1);
    expect(world.engine.snapshot.allocation('c-00001')?.node?.deadlineMs).toBeGreaterThan(world.clock.nowMs() + 590_000);
  });
});

test('a manager writes its address again every minute: one that it had replaced wrote its own over it, and no new node was ever heard', async () => {
  const world = await startedWorld();
  const before = world.announcements;
  await world.clock.advance(180_000);
  expect(world.announcements - before).toBe(3);
});
