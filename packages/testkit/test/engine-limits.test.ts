import { describe, expect, test } from 'vitest';
import type { ExperimentLimits } from '@juqueue/core';
import { defaultLimits } from '@juqueue/core';
import { EngineWorld, testCluster, testRun } from '../src/fakes/engine-world.ts';

const minuteMs = 60_000;
const failed = { kind: 'exit', exitCode: 1, detail: 'exited with code 1' } as const;

async function define(world: EngineWorld, names: readonly string[], limits: Partial<ExperimentLimits> = {}): Promise<void> {
  const runs = names.map((name) => testRun(name));
  await world.engineCommand({
    kind: 'define-experiment',
    definition: { name: 'e', autostart: true, limits: { ...defaultLimits, ...limits }, runs },
    running: 'stop',
  });
  await world.clock.advance(100);
}

async function worldWith(cluster: Parameters<typeof testCluster>[0]): Promise<EngineWorld> {
  const world = new EngineWorld(testCluster(cluster));
  await world.start();
  await world.engineCommand({ kind: 'define-clusters', clusters: [world.cluster.definition] });
  return world;
}

const many = (count: number, prefix = 'r') => Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(2, '0')}`);
const names = (world: EngineWorld, status: string) =>
  [...world.engine.snapshot.allRuns].filter((run) => run.status === status).map((run) => run.name);

describe('the budget of a cluster', () => {
  test('when it is spent nothing is requested and nothing starts; what runs ends by itself and its node is given back', async () => {
    const world = await worldWith({ maxAllocations: 1, budget: { nodeMs: minuteMs, per: 'total', atLimit: 'finish' } });
    await define(world, ['a', 'b', 'c', 'd']);
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.passTime(minuteMs - 5_000, node);
    expect(world.engine.health.notices).toEqual([]);
    await world.passTime(10_000, node);
    expect(world.engine.health.notices[0]).toMatch(
      /^c has spent 1 node-minutes of its budget of 1 node-minutes; nothing of it starts until the budget is raised; what runs on 1 node may end/,
    );
    await world.ends(node, 'a');
    await world.ends(node, 'b');
    expect(names(world, 'running')).toEqual([]);
    expect(names(world, 'ready')).toEqual(['c', 'd']);
    expect(world.engine.snapshot.allocation(node)?.node?.drain?.reason).toBe('release');

    await world.engineCommand({
      kind: 'define-clusters',
      clusters: [{ ...world.cluster.definition, budget: { nodeMs: 3 * minuteMs, per: 'total', atLimit: 'finish' } }],
    });
    expect(world.engine.snapshot.spentBudgets.size).toBe(0);
  });

  test('that says stop asks what runs to stop, and a restart knows that it is spent', async () => {
    const world = await worldWith({ maxAllocations: 1, budget: { nodeMs: minuteMs, per: 'total', atLimit: 'stop' } });
    await define(world, ['a', 'b']);
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.passTime(minuteMs + 10_000, node);
    expect(world.link.to(node, 'stop').map(({ run, cause }) => `${run} ${cause}`)).toEqual(['e@a manager-stop', 'e@b manager-stop']);
    await world.restart();
    expect([...world.engine.snapshot.spentBudgets.keys()]).toEqual(['c']);
  });
});

describe('the budget of an experiment', () => {
  test('holds its runs, which say so, until it is raised', async () => {
    const world = await worldWith({ maxAllocations: 1 });
    await define(world, ['a', 'b', 'c'], { budget: { nodeMs: minuteMs, per: 'total', atLimit: 'stop' } });
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    await world.passTime(minuteMs + 10_000, node);
    expect(world.engine.run('e@c')).toMatchObject({
      status: 'ready',
      reason: 'budget',
      detail: expect.stringContaining('its budget of 1 node-minutes'),
    });
    expect(world.link.to(node, 'stop')).toHaveLength(2);
    await world.ends(node, 'a', { stopCause: 'manager-stop' });
    expect(world.engine.run('e@a')).toMatchObject({ status: 'ready', reason: 'budget' });
    expect(await world.engineCommand({ kind: 'resume-runs', runs: ['e@c'], by: 'test' })).toMatchObject({
      skipped: [{ run: 'e@c', because: expect.stringContaining('budget') }],
    });

    await define(world, ['a', 'b', 'c'], { budget: { nodeMs: 9 * minuteMs, per: 'total', atLimit: 'stop' } });
    await world.clock.advance(10_000);
    expect(world.engine.run('e@c')?.reason).not.toBe('budget');
  });
});

describe('failures', () => {
  test('more than a fifth and at least ten of an experiment hold the rest; whoever resumes one of them lets all go on', async () => {
    const world = await worldWith({ slotsPerNode: 20, nodeResources: { slots: 20 }, maxAllocations: 1 });
    await define(world, many(30));
    const node = await world.nodeComes(1);
    await world.startsAll(node);
    for (const name of many(11)) await world.ends(node, name, failed);
    expect(world.engine.health.notices).toEqual([
      '10 of 10 runs failed the same way (exited with code 1); the rest of e is held until runs of it are resumed',
    ]);
    expect(world.of('r29')).toBe('ready/held');
    await define(world, [...many(30), 'late']);
    expect(world.engine.run('e@late')).toMatchObject({ status: 'ready', reason: 'held' });

    const outcome = await world.engineCommand({ kind: 'resume-runs', runs: ['e@r00'], by: 'test' });
    expect(outcome).toMatchObject({ kind: 'done', affected: ['e@r00'] });
    expect(world.engine.health.notices).toEqual([]);
    expect(world.engine.run('e@late')?.reason).not.toBe('held');
  });

  test('of five different runs in a row on one node, which do not fail elsewhere, drain that node and say what to resume', async () => {
    const world = await worldWith({ slotsPerNode: 5, nodeResources: { slots: 5 } });
    await define(world, many(12), { maxFailuresShare: null });
    const [bad, good] = [await world.nodeComes(1), await world.nodeComes(2)];
    await world.startsAll(bad);
    await world.startsAll(good);
    const on = (node: string) => [...world.engine.snapshot.allRuns].filter((run) => run.execution?.node === node).map((run) => run.name);
    const [firstGood = ''] = on(good);
    await world.ends(good, firstGood);
    const failing = on(bad).slice(0, 5);
    for (const name of failing) await world.ends(bad, name, failed);
    expect(world.engine.snapshot.allocation(bad)?.node?.drain?.reason).toBe('bad-node');
    expect(world.engine.health.notices).toEqual([expect.stringContaining(`suspect node ${bad} on`)]);
    expect(world.engine.health.notices[0]).toContain(`Resume these 5: juqueue resume ${failing.map((name) => `e@${name}`).join(' ')}`);
    const left = on(bad);
    for (const name of left) await world.ends(bad, name);
    expect(on(bad)).toEqual([]);
    expect(world.engine.snapshot.allocation(bad)?.node?.drain?.reason).toBe('release');
  });

  test('of a suspect node keep its host out of what is requested afterwards, without a word in the journal', async () => {
    const world = await worldWith({ slotsPerNode: 5, nodeResources: { slots: 5 } });
    await define(world, many(12), { maxFailuresShare: null });
    const [bad, good] = [await world.nodeComes(1), await world.nodeComes(2)];
    await world.passTime(minuteMs + 5_000, bad, good);
    await world.startsAll(bad);
    await world.startsAll(good);
    const on = (node: string) => [...world.engine.snapshot.allRuns].filter((run) => run.execution?.node === node).map((run) => run.name);
    await world.ends(good, on(good)[0] ?? '');
    expect(world.cluster.requests.at(-1)?.avoidedHosts).toEqual([]);
    for (const name of on(bad).slice(0, 5)) await world.ends(bad, name, failed);
    await define(world, [...many(12), ...many(8, 'more')], { maxFailuresShare: null });
    expect(world.cluster.requests.at(-1)).toMatchObject({ avoidedHosts: ['n1'] });
    expect(
      world.journal
        .flat()
        .filter(({ event }) => event.kind === 'allocation-requested')
        .every(({ event }) => !('avoidedHosts' in event)),
    ).toBe(true);
  });
});
