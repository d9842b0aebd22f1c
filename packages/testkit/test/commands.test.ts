import { describe, expect, test } from 'vitest';
import { EngineWorld, testRun } from '../src/fakes/engine-world.ts';

async function startedWorld(...names: readonly string[]): Promise<EngineWorld> {
  const world = new EngineWorld();
  await world.start();
  await world.define(...names.map((name) => testRun(name)));
  return world;
}

describe('a held run', () => {
  test('is not started, asks for no node, and goes on where it was when it is released', async () => {
    const world = await startedWorld('a', 'b', 'c');
    const held = await world.engineCommand({ kind: 'hold-runs', runs: ['e@b', 'e@c', 'e@none'], by: 'test', reason: 'wrong seed' });
    expect(held).toMatchObject({ kind: 'done', affected: ['e@b', 'e@c'], skipped: [{ run: 'e@none', because: 'there is no such run' }] });
    expect([world.of('b'), world.engine.run('e@b')?.detail]).toEqual(['ready/held', 'wrong seed']);
    const node = await world.nodeComes(1);
    expect(world.link.to(node, 'start').map(({ spec }) => spec.run)).toEqual(['e@a']);
    await world.engineCommand({ kind: 'release-runs', runs: ['e@a', 'e@b'], by: 'test' });
    expect([world.of('b'), world.of('c')]).toEqual(['running/starting', 'ready/held']);
  });

  test('is still held after a restart of the manager', async () => {
    const world = await startedWorld('a');
    await world.engineCommand({ kind: 'hold-runs', runs: ['e@a'], by: 'test', reason: null });
    await world.restart();
    expect(world.of('a')).toBe('ready/held');
  });

  test('is blocked when it is released before what it depends on has finished', async () => {
    const world = new EngineWorld();
    await world.start();
    await world.define(testRun('a'), testRun('b', { dependsOn: ['e@a'] }));
    await world.engineCommand({ kind: 'hold-runs', runs: ['e@b'], by: 'test', reason: null });
    await world.engineCommand({ kind: 'release-runs', runs: ['e@b'], by: 'test' });
    expect(world.of('b')).toBe('ready/blocked');
  });

  test('is no running one: that is said', async () => {
    const world = await startedWorld('a');
    await world.nodeComes(1);
    expect(await world.engineCommand({ kind: 'hold-runs', runs: ['e@a'], by: 'test', reason: null })).toMatchObject({
      affected: [],
      skipped: [{ because: 'it is running; only ready runs can be held' }],
    });
  });
});

test('a priority given by hand decides who starts first, survives a restart, and ends with a change of the definition', async () => {
  const world = await startedWorld('a', 'b', 'c');
  await world.engineCommand({ kind: 'prioritise-runs', runs: ['e@c'], priority: 5, by: 'test' });
  await world.restart();
  await world.define(testRun('a'), testRun('b'), testRun('c'));
  const node = await world.nodeComes(1);
  expect(world.link.to(node, 'start').map(({ spec }) => spec.run)).toEqual(['e@c', 'e@a']);
  await world.define(testRun('a'), testRun('b'), testRun('c', { cmd: ['false'], priority: 1 }));
  await world.engineCommand({ kind: 'prioritise-runs', runs: ['e@b'], priority: 7, by: 'test' });
  await world.define(testRun('a'), testRun('b', { cmd: ['false'] }), testRun('c', { cmd: ['false'], priority: 1 }));
  expect(world.engine.run('e@b')?.definition.priority).toBe(0);
});

describe('a node', () => {
  test('that a user drains takes no new runs until the drain is taken back', async () => {
    const world = await startedWorld('a', 'b', 'c');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.engineCommand({ kind: 'drain-node', node, by: 'test' });
    await world.ends(node, 'a');
    expect(world.of('c')).toBe('ready/queued');
    await world.engineCommand({ kind: 'undrain-node', node, by: 'test' });
    expect(world.of('c')).toBe('running/starting');
  });

  test('with runs is released only with force: they wait as ready, and the node is given back when they have stopped', async () => {
    const world = await startedWorld('a');
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    const refused = await world.engineCommand({ kind: 'release-node', node, force: false, by: 'test' });
    expect(refused).toMatchObject({ kind: 'refused', problem: { code: 'JQ_NODE_BUSY', message: `${node} has 1 run, expected none.` } });
    expect(await world.engineCommand({ kind: 'release-node', node, force: true, by: 'test' })).toMatchObject({
      kind: 'done',
      affected: ['e@a'],
    });
    expect(world.link.to(node, 'stop')).toHaveLength(1);
    await world.ends(node, 'a', { stopCause: 'manager-stop', exitCode: 143 });
    expect(world.of('a')).toBe('ready/manager-stop');
    expect(world.link.to(node, 'release')).toHaveLength(1);
  });

  test('that does not exist is named, with the one that was meant', async () => {
    const world = await startedWorld('a');
    expect(await world.engineCommand({ kind: 'release-node', node: 'c-0001', force: false, by: 'test' })).toMatchObject({
      problem: { code: 'JQ_NODE_NOT_FOUND', hint: "Did you mean 'c-00001'?" },
    });
  });

  test('that has not come yet is cancelled when it is released', async () => {
    const world = await startedWorld('a');
    await world.engineCommand({ kind: 'hold-runs', runs: ['e@a'], by: 'test', reason: null });
    await world.engineCommand({ kind: 'release-runs', runs: ['e@a'], by: 'test' });
    await world.engineCommand({ kind: 'hold-cluster', cluster: 'c', by: 'test', reason: null });
    const [pending] = world.engine.snapshot.allocations;
    await world.engineCommand({ kind: 'release-node', node: pending?.id ?? '', force: false, by: 'test' });
    await world.clock.advance(1_000);
    expect([...world.cluster.jobs.values()].map((job) => job.state)).toContain('ended');
  });
});

test('a held cluster requests no node, says why, is still held after a restart, and grows when it is released', async () => {
  const world = new EngineWorld();
  await world.start();
  await world.define();
  await world.engineCommand({ kind: 'hold-cluster', cluster: 'c', by: 'test', reason: 'quota of the month' });
  await world.restart();
  await world.define(testRun('a'));
  expect(world.cluster.jobs.size).toBe(0);
  expect(world.engine.health.notices).toContain('c: quota of the month');
  await world.engineCommand({ kind: 'release-cluster', cluster: 'c', by: 'test' });
  expect(world.cluster.jobs.size).toBe(1);
  expect(await world.engineCommand({ kind: 'hold-cluster', cluster: 'd', by: 'test', reason: null })).toMatchObject({
    problem: { code: 'JQ_CLUSTER_NOT_FOUND', hint: 'There are: c.' },
  });
});
