import { describe, expect, test } from 'vitest';
import { emptyMemory } from '@juqueue/core';
import { aCluster, anAllocation, aRun, aRunningRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

function busyManager(): FakeManager {
  const manager = new FakeManager()
    .add(aRunningRun('sweep@a'))
    .add(aRun('sweep@b'))
    .add(aRun('eval@c', { status: 'finished', reason: 'exit' }));
  manager.clusters.set('local', aCluster());
  manager.allocations.push(
    anAllocation('a1', ['sweep@a', null]),
    anAllocation('a2', [null, null], { status: 'submitted', node: null, waitingFor: 'Priority' }),
  );
  return manager;
}

test('the overview counts runs by status and slots by use', async () => {
  const manager = busyManager();
  manager.heldClusters.set('local', 'the queue is closed');
  await using server = await serveFake(manager);
  expect((await server.get('/api/v1/overview')).json()).toMatchObject({
    server: { version: '1.0.0', workDir: '/work', host: 'login1', pid: 4711, epoch: 3, isReadOnly: false, isStopping: false },
    runs: { inactive: 0, ready: 1, running: 1, finished: 1, failed: 0 },
    experiments: 2,
    clusters: [
      {
        name: 'local',
        heldBecause: 'the queue is closed',
        allocations: { requested: 0, submitted: 1, running: 1 },
        nodes: 1,
        slots: 2,
        busySlots: 1,
      },
    ],
    problems: 0,
    hasPendingPlan: false,
  });
});

test('the room is what could be taken in addition, on the clusters that are asked for', async () => {
  const manager = busyManager();
  await using server = await serveFake(manager);
  expect((await server.get('/api/v1/room')).json()).toMatchObject({ freeSlots: 1, nextFreeInMs: 0, nextFreeSource: null });
  expect((await server.get('/api/v1/room?cluster=local&cluster=other')).json()).toMatchObject({ freeSlots: 1 });
  expect((await server.get('/api/v1/room?cluster=other')).json()).toEqual({
    freeSlots: 0,
    openSlots: 0,
    nextFreeInMs: null,
    nextFreeSource: null,
  });
});

test('experiments come in pages, oldest first', async () => {
  await using server = await serveFake(busyManager());
  const first = (await server.get('/api/v1/experiments?limit=1')).json();
  expect(first).toMatchObject({ experiments: [{ name: 'sweep', runs: 2, counts: { ready: 1, running: 1 } }], nextCursor: '1' });
  const second = (await server.get(`/api/v1/experiments?limit=1&cursor=${first.nextCursor}`)).json();
  expect(second).toMatchObject({ experiments: [{ name: 'eval' }], nextCursor: null });
  expect((await server.get('/api/v1/experiments?cursor=abc')).json()).toMatchObject({ status: 400, code: 'JQ_BAD_CURSOR' });
  expect((await server.get('/api/v1/experiments/eval')).json()).toMatchObject({ name: 'eval', runs: 1 });
  expect((await server.get('/api/v1/experiments/nope')).json()).toMatchObject({ status: 404, code: 'JQ_EXPERIMENT_NOT_FOUND' });
});

test('nodes show what is in their slots, waiting allocations what they wait for', async () => {
  await using server = await serveFake(busyManager());
  const { nodes } = (await server.get('/api/v1/nodes')).json();
  expect(nodes).toMatchObject([
    { id: 'a1', nodeStatus: 'connected', host: 'n1', occupants: ['sweep@a', null], busySlots: 1 },
    { id: 'a2', nodeStatus: null, allocationStatus: 'submitted', waitingFor: 'Priority', occupants: [] },
  ]);
  expect((await server.get('/api/v1/nodes?limit=1')).json()).toMatchObject({ nodes: [{ id: 'a1' }], nextCursor: 'a1' });
  expect((await server.get('/api/v1/nodes?cursor=a1')).json()).toMatchObject({ nodes: [{ id: 'a2' }], nextCursor: null });
  expect((await server.get('/api/v1/nodes?cluster=other')).json()).toEqual({ nodes: [], nextCursor: null });
});

describe('health', () => {
  test('says to anybody whether the manager can work, and only to users why not', async () => {
    const manager = new FakeManager();
    manager.storeTrouble = 'no space left on device';
    await using server = await serveFake(manager);
    const open = await server.get('/healthz', { authorization: '' });
    expect([open.statusCode, open.json()]).toEqual([503, { status: 'unavailable' }]);
    expect((await server.get('/api/v1/health')).json()).toMatchObject({ isHealthy: false, storeTrouble: 'no space left on device' });
  });
});

describe('definitions', () => {
  const command = { kind: 'remove-experiment', experiment: 'sweep', running: 'stop' } as const;
  const experiment = {
    name: 'sweep',
    added: 2,
    changed: 1,
    removed: 0,
    isNew: false,
    isRemoved: false,
    stopsRunning: ['sweep@a'],
    nodeHoursAtRisk: 1.5,
    finishesRunning: [],
    changeGroups: [{ changes: [{ key: 'retries', from: '0', to: '2' }], runs: ['sweep@a'] }],
    command,
  };
  const plan = { id: 'p1', clusters: null, clustersChanged: [], experiments: [experiment] };

  test('show problems with their places and the plan that waits', async () => {
    const manager = busyManager();
    manager.definitions = {
      loadedAtMs: 5,
      problems: [
        {
          file: 'clusters.yaml',
          line: 9,
          column: 3,
          endColumn: 12,
          excerpt: 'slot: 3',
          severity: 'error',
          code: 'unknown-key',
          message: "unknown key 'slot'",
          hint: null,
        },
      ],
      plan,
      applied: null,
      files: ['clusters.yaml', 'experiments/sweep.yaml'],
      notify: null,
      hub: null,
    };
    await using server = await serveFake(manager);
    const answer = (await server.get('/api/v1/definitions')).json();
    expect(answer).toMatchObject({
      files: [
        { path: 'clusters.yaml', errors: 1, warnings: 0 },
        { path: 'experiments/sweep.yaml', errors: 0, warnings: 0 },
      ],
      problems: [{ file: 'clusters.yaml', line: 9 }],
      plan: {
        id: 'p1',
        summary: expect.stringContaining('sweep: 2 new, 1 changed'),
        experiments: [
          {
            stopsRunningCount: 1,
            stopsRunning: ['sweep@a'],
            nodeHoursAtRisk: 1.5,
            changes: [{ runCount: 1, runs: ['sweep@a'], keys: [{ key: 'retries', from: '0', to: '2' }] }],
          },
        ],
      },
    });
    expect((await server.get('/api/v1/overview')).json()).toMatchObject({ problems: 1, hasPendingPlan: true });
  });

  test('are applied by the name of their plan, and not when it is another one by now', async () => {
    const manager = busyManager();
    manager.definitions = { ...manager.definitions, plan };
    await using server = await serveFake(manager);
    expect((await server.send('POST', '/api/v1/definitions:apply', { planId: 'p0' })).json()).toMatchObject({
      status: 409,
      code: 'JQ_PLAN_CHANGED',
    });
    expect((await server.send('POST', '/api/v1/definitions:apply', { planId: 'p1' })).json()).toMatchObject({ applied: { id: 'p1' } });
    expect((await server.send('POST', '/api/v1/definitions:plan')).json()).toMatchObject({ plan: null });
  });
});

test('stop is answered before it is done, and says which kind it is', async () => {
  const manager = new FakeManager();
  await using server = await serveFake(manager);
  const answer = await server.send('POST', '/api/v1/server:stop', { release: true });
  expect([answer.statusCode, answer.json()]).toEqual([202, { isStopping: true }]);
  await server.send('POST', '/api/v1/server:stop', { release: false });
  expect(manager.stops).toEqual(['release', 'leave']);
});

test('an unknown address is a problem document too', async () => {
  await using server = await serveFake(new FakeManager());
  expect((await server.get('/api/v1/nothing?x=1')).json()).toMatchObject({
    status: 404,
    code: 'JQ_NOT_FOUND',
    detail: 'There is no GET /api/v1/nothing.',
  });
});

test('an experiment says how long its runs take, and when it will be done, with a range', async () => {
  const manager = new FakeManager().add(aRunningRun('sweep@a')).add(aRun('sweep@b'));
  manager.learned.set('sweep', { meanMs: 60_000, spreadMs: 6_000, count: 10 });
  await using server = await serveFake(manager);
  const { expectedRunMs, remaining } = (await server.get('/api/v1/experiments/sweep')).json();
  expect(expectedRunMs).toBe(60_000);
  expect(remaining.lowMs).toBeLessThan(remaining.likelyMs);
  expect(remaining.likelyMs).toBeLessThan(remaining.highMs);
});

test('the overview tells what the newest decision did, what it left undone and why, and when the next one is due', async () => {
  const manager = new FakeManager();
  expect(await overviewOf(manager)).toMatchObject({ decision: null });
  manager.lastPlan = {
    basedOn: 1,
    placements: [],
    requests: [{ cluster: 'local', count: 2, because: '7 runs wait' }],
    cancels: [],
    drains: [],
    undrains: [],
    stops: [],
    releases: [],
    verdicts: [
      { subject: { kind: 'node', node: 'local-1' }, code: 'NODE_KEPT_WARM', sentence: 'node local-1 is empty and kept for 12 s more' },
    ],
    wakeAtMs: 12_000,
    memory: emptyMemory,
  };
  expect(await overviewOf(manager)).toMatchObject({
    decision: {
      did: ['request 2 nodes of local: 7 runs wait'],
      left: [{ kind: 'node', of: 'local-1', code: 'NODE_KEPT_WARM', sentence: 'node local-1 is empty and kept for 12 s more' }],
      nextAtMs: 12_000,
    },
  });
});

async function overviewOf(manager: FakeManager): Promise<object> {
  await using server = await serveFake(manager);
  return (await server.get('/api/v1/overview')).json();
}
