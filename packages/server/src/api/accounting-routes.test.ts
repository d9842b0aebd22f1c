import type { AttemptOutcome, DurableEvent } from '@juqueue/core';
import { expect, test } from 'vitest';
import { aCluster, aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const beginMs = 1_700_000_000_000;
const clock = { nowMs: () => beginMs + 100_000, monotonicMs: () => 0, after: () => ({ cancel: () => undefined }) };

function requested(allocation: string): readonly DurableEvent[] {
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
  ];
}

function started(allocation: string): readonly DurableEvent[] {
  return [
    { kind: 'allocation-started', allocation, startedAtMs: beginMs, host: 'n1' },
    { kind: 'node-appeared', node: allocation, nonce: 'x', host: 'n1', pid: 5, deadlineMs: null },
  ];
}

/** One run of 20 s on the first node, which is billed for 30 s; the second node is still there after 100 s, empty; the third waits. */
function billedManager(): FakeManager {
  const { definition } = aRun('sweep@a');
  const outcome: AttemptOutcome = {
    kind: 'exit',
    exitCode: 0,
    signal: null,
    stopCause: null,
    startedAtMs: beginMs,
    endedAtMs: beginMs + 20_000,
    checkpointAtMs: null,
    progress: null,
    detail: 'exited',
  };
  return new FakeManager()
    .record(
      beginMs,
      { kind: 'clusters-defined', clusters: [aCluster()] },
      {
        kind: 'experiment-defined',
        experiment: 'sweep',
        autostart: true,
        added: [{ definition, definitionHash: 'h' }],
        changed: [],
        removed: [],
      },
    )
    .record(beginMs, ...requested('a1'), ...requested('a2'), ...requested('a3'), ...started('a1'), ...started('a2'))
    .record(
      beginMs,
      { kind: 'run-placed', run: 'sweep@a', attempt: 1, node: 'a1', nonce: 'x', slots: [0] },
      { kind: 'run-started', run: 'sweep@a', attempt: 1, slots: [0], pid: 1, startedAtMs: beginMs },
    )
    .record(
      beginMs + 20_000,
      { kind: 'run-ended', run: 'sweep@a', attempt: 1, outcome },
      { kind: 'node-gone', node: 'a1', nonce: 'x', proof: 'goodbye' },
    )
    .record(beginMs + 60_000, {
      kind: 'allocation-ended',
      allocation: 'a1',
      startedAtMs: beginMs,
      endedAtMs: beginMs + 30_000,
      state: 'COMPLETED',
      isConfirmed: true,
    });
}

test('the account states what was billed by cluster, experiment and allocation, and where it went', async () => {
  await using server = await serveFake(billedManager(), { clock });
  const answer = (await server.get('/api/v1/accounting')).json();
  expect(answer).toMatchObject({
    asOfMs: beginMs + 100_000,
    total: { billedNodeSeconds: 130, provisionalNodeSeconds: 100, allocations: 3, billedSlotMs: 260_000 },
    clusters: [
      {
        name: 'local',
        billedNodeSeconds: 130,
        lowerBoundNodeSeconds: 20,
        billing: null,
        aloneNodeSeconds: 20,
        consolidation: { moves: 0, nodes: 0, savedNodeSeconds: 0, redoneNodeSeconds: 0 },
      },
    ],
    days: [{ day: '2023-11-14', billedNodeSeconds: 130, provisionalNodeSeconds: 100 }],
    experiments: [
      {
        name: 'sweep',
        billedNodeSeconds: 30,
        provisionalNodeSeconds: 0,
        partsSlotMs: { useful: 20_000, startUp: 20_000, fragmentation: 13_333, quantisation: 6_667 },
      },
    ],
    unattributed: { billedNodeSeconds: 100, allocations: 1 },
    nextCursor: null,
  });
  expect(answer.total.efficiency).toBeCloseTo(20 / 130);
  expect(answer.allocations).toMatchObject([
    {
      id: 'a1',
      jobId: 'job-a1',
      host: 'n1',
      status: 'ended',
      billedNodeSeconds: 30,
      billedSlotMs: 60_000,
      isProvisional: false,
      startedAtMs: beginMs,
      endedAtMs: beginMs + 30_000,
    },
    { id: 'a2', status: 'running', billedNodeSeconds: 100, isProvisional: true, endedAtMs: null },
    { id: 'a3', status: 'submitted', billedNodeSeconds: 0, startedAtMs: null },
  ]);
});

test('the parts of every account sum to what it was billed', async () => {
  await using server = await serveFake(billedManager(), { clock });
  const { total, clusters, experiments, unattributed, days, allocations } = (await server.get('/api/v1/accounting')).json();
  for (const { partsSlotMs, billedSlotMs } of [total, ...clusters, ...experiments, unattributed, ...days, ...allocations]) {
    expect(Object.values<number>(partsSlotMs).reduce((sum, part) => sum + part, 0)).toBe(billedSlotMs);
  }
});

test('allocations come in pages, in the order of their requests', async () => {
  await using server = await serveFake(billedManager(), { clock });
  const first = (await server.get('/api/v1/accounting?limit=2')).json();
  expect([first.allocations.map(({ id }: { id: string }) => id), first.nextCursor]).toEqual([['a1', 'a2'], 'a2']);
  expect((await server.get('/api/v1/accounting?limit=2&cursor=a2')).json()).toMatchObject({
    allocations: [{ id: 'a3' }],
    nextCursor: null,
  });
  expect((await server.get('/api/v1/accounting?cursor=a9')).json()).toMatchObject({ status: 400, code: 'JQ_BAD_CURSOR' });
});

test('before anything was billed the account is empty, and its efficiency is not known', async () => {
  await using server = await serveFake(new FakeManager());
  expect((await server.get('/api/v1/accounting')).json()).toMatchObject({
    total: { billedNodeSeconds: 0, efficiency: null },
    clusters: [],
    experiments: [],
    allocations: [],
  });
});
