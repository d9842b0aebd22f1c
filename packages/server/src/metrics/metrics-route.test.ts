import { setTimeout as sleep } from 'node:timers/promises';
import type { DurableEvent } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { aCluster, aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const beginMs = 1_700_000_000_000;
const clock = { nowMs: () => beginMs + 100_000, monotonicMs: () => 0, after: () => ({ cancel: () => undefined }) };

/** Samples by `name{label="value"}`, as Prometheus reads the text. */
async function samples(server: Awaited<ReturnType<typeof serveFake>>): Promise<Readonly<Record<string, number>>> {
  const { statusCode, headers, body } = await server.get('/metrics');
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return Object.fromEntries(
    body
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

const billed: readonly DurableEvent[] = [
  { kind: 'clusters-defined', clusters: [aCluster()] },
  {
    kind: 'allocation-requested',
    allocation: 'a1',
    cluster: 'local',
    token: 'a1',
    slots: 2,
    resources: { slots: 2 },
    walltimeMs: null,
    leaseMs: null,
  },
  { kind: 'allocation-submitted', allocation: 'a1', jobId: 'j1' },
  { kind: 'allocation-started', allocation: 'a1', startedAtMs: beginMs, host: 'n1' },
];

describe('/metrics', () => {
  test('counts runs by status, and slot-time by cluster and part of the ledger', async () => {
    const manager = new FakeManager()
      .add({ ...aRun('sweep@a'), status: 'ready' })
      .add({ ...aRun('sweep@b'), status: 'failed' })
      .record(beginMs, ...billed);
    manager.clusters.set('local', aCluster());
    await using server = await serveFake(manager, { clock });
    expect(await samples(server)).toMatchObject({
      'juqueue_info{version="1.0.0"}': 1,
      'juqueue_runs{status="ready"}': 1,
      'juqueue_runs{status="failed"}': 1,
      'juqueue_runs{status="running"}': 0,
      juqueue_experiments: 1,
      'juqueue_nodes{cluster="local",status="connected"}': 0,
      'juqueue_slots{cluster="local",state="free"}': 0,
      'juqueue_cluster_held{cluster="local"}': 0,
      'juqueue_billed_node_seconds{cluster="local"}': 100,
      'juqueue_ledger_slot_seconds{cluster="local",part="startUp"}': 200,
      juqueue_store_trouble: 0,
    });
  });

  test('has the durations of decisions, and of commands of Slurm by program and outcome', async () => {
    const manager = new FakeManager();
    manager.metrics.noteTick(3);
    manager.metrics.noteSlurmCall({ program: 'squeue', outcome: 'ok', tookMs: 80 });
    manager.metrics.noteSlurmCall({ program: 'squeue', outcome: 'over-limit', tookMs: 20_000 });
    await using server = await serveFake(manager);
    expect(await samples(server)).toMatchObject({
      juqueue_tick_duration_seconds_count: 1,
      'juqueue_tick_duration_seconds_bucket{le="0.0025"}': 0,
      'juqueue_tick_duration_seconds_bucket{le="0.005"}': 1,
      'juqueue_slurm_call_duration_seconds_count{program="squeue",outcome="ok"}': 1,
      'juqueue_slurm_call_duration_seconds_sum{program="squeue",outcome="over-limit"}': 20,
    });
  });

  test('measures the delay of the event loop from the first question on', async () => {
    const manager = new FakeManager();
    await using server = await serveFake(manager);
    expect(Object.keys(await samples(server))).not.toContain('juqueue_event_loop_delay_seconds{quantile="1"}');
    await sleep(50);
    for (const untilMs = Date.now() + 150; Date.now() < untilMs;) continue;
    await sleep(50);
    const { 'juqueue_event_loop_delay_seconds{quantile="1"}': worst = 0, process_resident_memory_bytes: memory = 0 } =
      await samples(server);
    expect(worst).toBeGreaterThan(0.1);
    expect(memory).toBeGreaterThan(1e6);
    manager.metrics[Symbol.dispose]();
  });

  test('needs the token, as everything with data does', async () => {
    await using server = await serveFake(new FakeManager());
    expect((await server.get('/metrics', { authorization: '' })).statusCode).toBe(401);
  });

  test('forgets what is gone', async () => {
    const manager = new FakeManager();
    manager.clusters.set('local', aCluster());
    await using server = await serveFake(manager);
    expect(Object.keys(await samples(server))).toContain('juqueue_cluster_held{cluster="local"}');
    manager.clusters.delete('local');
    expect(Object.keys(await samples(server))).not.toContain('juqueue_cluster_held{cluster="local"}');
  });
});
