import type { DurableEvent } from '@juqueue/core';
import { expect, test } from 'vitest';
import { aCluster, aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const beginMs = 1_700_000_000_000;
const clock = { nowMs: () => beginMs + 100_000, monotonicMs: () => 0, after: () => ({ cancel: () => undefined }) };

function served(allocation: string): readonly DurableEvent[] {
  return [
    {
      kind: 'allocation-requested',
      allocation,
      cluster: 'local',
      token: allocation,
      slots: 2,
      resources: { slots: 2 },
      walltimeMs: null,
      leaseMs: null,
    },
    { kind: 'allocation-submitted', allocation, jobId: `job-${allocation}` },
    { kind: 'allocation-started', allocation, startedAtMs: beginMs, host: 'n1' },
    { kind: 'node-appeared', node: allocation, nonce: 'x', host: 'n1', pid: 5, deadlineMs: null },
  ];
}

/** Two nodes, the first of which has ended after 30 s; a run that failed on its second slot. */
function twoNodes(): FakeManager {
  const manager = new FakeManager().add(aRun('sweep@a'));
  manager.record(beginMs, { kind: 'clusters-defined', clusters: [aCluster()] }, ...served('a1'), ...served('a2')).record(beginMs + 30_000, {
    kind: 'allocation-ended',
    allocation: 'a1',
    startedAtMs: beginMs,
    endedAtMs: beginMs + 30_000,
    state: 'COMPLETED',
    isConfirmed: true,
  });
  const outcome = {
    kind: 'exit',
    exitCode: 1,
    signal: null,
    stopCause: null,
    startedAtMs: beginMs + 1_000,
    endedAtMs: beginMs + 20_000,
    checkpointAtMs: null,
    progress: null,
    detail: '',
  } as const;
  manager.attempts.push({
    run: 'sweep@a',
    attempt: 1,
    node: 'a1',
    slots: [1],
    pid: 1,
    placedAtMs: beginMs,
    startedAtMs: beginMs + 1_000,
    endedAtMs: beginMs + 20_000,
    outcome,
  });
  return manager;
}

test('the timeline begins with the first allocation and ends now', async () => {
  await using server = await serveFake(twoNodes(), { clock });
  const timeline = (await server.get('/api/v1/timeline')).json();
  expect(timeline).toMatchObject({ fromMs: beginMs, toMs: beginMs + 100_000, bucketMs: 100, omittedLanes: 0 });
  expect(timeline.lanes).toMatchObject([
    {
      id: 'a1',
      jobId: 'job-a1',
      startedAtMs: beginMs,
      endedAtMs: beginMs + 30_000,
      segments: [{ slot: 1, fromMs: beginMs + 1_000, toMs: beginMs + 20_000, use: 'failed', run: 'sweep@a', runs: 1, isMoved: false }],
    },
    { id: 'a2', endedAtMs: null, helloAtMs: beginMs, segments: [] },
  ]);
});

test('a stretch of it holds the allocations of that time, at the resolution that is drawn', async () => {
  await using server = await serveFake(twoNodes(), { clock });
  const timeline = (await server.get(`/api/v1/timeline?from=${beginMs + 50_000}&to=${beginMs + 90_000}&px=100`)).json();
  expect(timeline).toMatchObject({ bucketMs: 400, lanes: [{ id: 'a2' }] });
});

test('before the first allocation, and in a cluster that is not there, nothing is drawn', async () => {
  await using server = await serveFake(twoNodes(), { clock });
  expect((await server.get(`/api/v1/timeline?to=${beginMs - 1}`)).json().lanes).toEqual([]);
  expect((await server.get('/api/v1/timeline?cluster=other')).json().lanes).toEqual([]);
});

test('each lane has its whole bill, whose parts sum to it, and the cluster when slots were free although a run waited', async () => {
  const manager = twoNodes();
  manager.dispatch.push(
    { cluster: 'local', atMs: beginMs, dispatchMs: 0, isDispatch: true },
    { cluster: 'local', atMs: beginMs + 40_000, dispatchMs: 40_000, isDispatch: false },
  );
  await using server = await serveFake(manager, { clock });
  const { lanes, dispatch } = (await server.get('/api/v1/timeline?px=50')).json();
  expect(lanes.map(({ billedSlotMs }: { billedSlotMs: number }) => billedSlotMs)).toEqual([60_000, 200_000]);
  for (const { billedSlotMs, partsSlotMs } of lanes)
    expect(Object.values<number>(partsSlotMs).reduce((sum, part) => sum + part)).toBe(billedSlotMs);
  expect(dispatch).toEqual([{ cluster: 'local', fromMs: beginMs, toMs: beginMs + 40_000, share: 1 }]);
});

test('each lane has marks of what was decided about it', async () => {
  const manager = twoNodes();
  manager.happen({ kind: 'run-stop-requested', run: 'sweep@a', attempt: 1, cause: 'consolidation', graceMs: 1 }, beginMs + 10_000);
  manager.happen({ kind: 'node-release-requested', node: 'a1', reason: 'emptied' }, beginMs + 25_000);
  await using server = await serveFake(manager, { clock });
  const { lanes } = (await server.get('/api/v1/timeline')).json();
  expect(lanes[0].marks).toEqual([
    { atMs: beginMs + 10_000, kind: 'moved-away', because: 'consolidation', run: 'sweep@a', toNode: null },
    { atMs: beginMs + 25_000, kind: 'release-requested', because: 'emptied', run: null, toNode: null },
  ]);
  expect(lanes[1].marks).toEqual([]);
});

test('waiting and executing runs and busy slots are told over time, as means of as many points as are drawn', async () => {
  const manager = twoNodes();
  manager.load.push(
    { atMs: beginMs, ready: 8, running: 2, busySlots: 2, slots: 4 },
    { atMs: beginMs + 75_000, ready: 0, running: 4, busySlots: 4, slots: 4 },
  );
  await using server = await serveFake(manager, { clock });
  expect((await server.get('/api/v1/timeline/load?px=10')).json()).toMatchObject({
    fromMs: beginMs,
    toMs: beginMs + 100_000,
    bucketMs: 10_000,
    points: {
      length: 10,
      0: { fromMs: beginMs, ready: 8, busySlots: 2 },
      7: { ready: 4, running: 3 },
      9: { ready: 0, busySlots: 4, slots: 4 },
    },
  });
});
