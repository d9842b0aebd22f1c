import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Allocation, AllocationReport, ClusterPort } from '@juqueue/core';
import { workDirPaths } from '@juqueue/core';
import { sampleCluster } from '@juqueue/core/samples';
import { FakeManager } from '../../node-manager/test/fake-manager.ts';
import { environOf, processes, programFile, startSpec } from '../../node-manager/test/test-node.ts';
import { waitUntil } from '../../node-manager/test/wait-until.ts';
import type { TestWorkDir } from '../../node-manager/test/work-dir.ts';
import { testWorkDir } from '../../node-manager/test/work-dir.ts';
import { LocalCluster } from '../src/local-cluster.ts';

const program = fileURLToPath(new URL('../../node-manager/src/main.ts', import.meta.url));

const definition = sampleCluster({
  name: 'here',
  slotsPerNode: 2,
  maxAllocations: 4,
  graceMs: 2_000,
  cudaDevicesPerSlot: 1,
  consolidation: 'off',
});

function localCluster(workDir: TestWorkDir): LocalCluster {
  return new LocalCluster({ definition, workDir: workDir.path, program, linkKeyFile: join(workDir.path, workDirPaths.linkKey) });
}

function allocation(id: string, walltimeMs: number | null = null): Allocation {
  return {
    id,
    cluster: 'here',
    token: `token-of-${id}`,
    status: 'requested',
    jobId: null,
    slots: 2,
    resources: { slots: 2 },
    walltimeMs,
    leaseMs: null,
    requestedAtMs: Date.now(),
    startedAtMs: null,
    endedAtMs: null,
    host: null,
    endState: null,
    isConfirmed: false,
    cancel: null,
    waitingFor: null,
    node: null,
  };
}

async function submit(cluster: ClusterPort, wanted: Allocation): Promise<number> {
  const { id, token, slots, resources, walltimeMs } = wanted;
  const outcome = await cluster.submit({ allocation: id, token, slots, resources, walltimeMs, avoidedHosts: [] });
  if (outcome.kind !== 'submitted') throw new Error(`expected submitted, got ${JSON.stringify(outcome)}`);
  return Number(outcome.jobId);
}

async function report(cluster: ClusterPort, wanted: Allocation): Promise<AllocationReport | null> {
  const outcome = await cluster.poll([wanted]);
  if (outcome.kind === 'failed') throw new Error(outcome.message);
  return outcome.reports[0] ?? null;
}

async function reportOfEnd(cluster: ClusterPort, wanted: Allocation, withinMs = 10_000): Promise<AllocationReport> {
  return waitUntil(
    `${wanted.id} ends`,
    async () => {
      const present = await report(cluster, wanted);
      return present?.state === 'ended' ? present : null;
    },
    withinMs,
  );
}

/** Kills what a failed test may have left. */
function reaper(id: string): AsyncDisposable {
  const remaining = (): readonly number[] =>
    processes()
      .filter(({ pid, command }) => command.includes(`--allocation ${id} `) || environOf(pid).includes(`JUQUEUE_NODE=${id}`))
      .map(({ pid }) => pid);
  return {
    async [Symbol.asyncDispose]() {
      for (const pid of remaining()) process.kill(pid, 'SIGKILL');
      await waitUntil('nothing is left', () => remaining().length === 0);
    },
  };
}

describe('local cluster', () => {
  test('a node starts at once, connects, and is billed from its start to its end', async () => {
    await using workDir = await testWorkDir();
    await using _reaper = reaper('l1');
    await using manager = await FakeManager.start(workDir);
    await using cluster = localCluster(workDir);
    const wanted = allocation('l1');
    const before = Date.now();
    const pid = await submit(cluster, wanted);
    expect(await manager.heard('hello')).toMatchObject({ allocation: 'l1', pid, slots: 2 });
    expect(await report(cluster, wanted)).toMatchObject({ token: wanted.token, state: 'running', endedAtMs: null, isConfirmed: true });

    manager.send('l1', { kind: 'release', reason: 'no work needs it' });
    await manager.heard('goodbye');
    const end = await reportOfEnd(cluster, wanted);
    expect(end.startedAtMs).toBeGreaterThanOrEqual(before);
    expect(end.endedAtMs).toBeGreaterThan(end.startedAtMs ?? Infinity);
    expect(end.endedAtMs).toBeLessThanOrEqual(Date.now());
  });

  test('its config is readable by its owner only and no argument holds the token', async () => {
    await using workDir = await testWorkDir();
    await using _reaper = reaper('l2');
    await using cluster = localCluster(workDir);
    const pid = await submit(cluster, allocation('l2'));
    expect((await stat(join(workDir.path, workDirPaths.localAllocations, 'l2.config.json'))).mode & 0o777).toBe(0o600);
    const command = await waitUntil('it runs', () => processes().find((entry) => entry.pid === pid)?.command);
    expect(command).not.toContain('token-of-l2');
  });

  test('a later manager finds the node by its token, under the same process number', async () => {
    await using workDir = await testWorkDir();
    await using _reaper = reaper('l3');
    const wanted = allocation('l3');
    let pid: number;
    {
      await using first = localCluster(workDir);
      pid = await submit(first, wanted);
    }
    await using second = localCluster(workDir);
    expect(await report(second, wanted)).toMatchObject({ state: 'running', jobId: String(pid) });
    process.kill(pid, 'SIGKILL');
    expect(await reportOfEnd(second, wanted)).toMatchObject({ state: 'ended' });
  });

  test('a token that was never submitted is missing', async () => {
    await using workDir = await testWorkDir();
    await using cluster = localCluster(workDir);
    expect(await cluster.poll([allocation('l4')])).toEqual({ kind: 'answered', reports: [], missing: ['token-of-l4'] });
  });

  test('a cancel stops its runs with a cause and ends the node', async () => {
    await using workDir = await testWorkDir();
    await using _reaper = reaper('l5');
    await using manager = await FakeManager.start(workDir);
    await using cluster = localCluster(workDir);
    const wanted = allocation('l5');
    await submit(cluster, wanted);
    await manager.heard('hello');
    manager.start('l5', startSpec('r', ['sleep', '600']));
    await manager.heard('started');
    expect(await cluster.cancel([wanted])).toEqual({ kind: 'taken' });
    expect(await manager.outcome('e@r')).toMatchObject({ signal: 'SIGTERM', stopCause: 'manager-stop' });
    await manager.heard('goodbye');
    await reportOfEnd(cluster, wanted);
  });

  test('the walltime is honoured: runs are asked in time and the node is gone when it ends', async () => {
    await using workDir = await testWorkDir();
    await using _reaper = reaper('l6');
    await using manager = await FakeManager.start(workDir);
    await using cluster = localCluster(workDir);
    const wanted = allocation('l6', 8_000);
    await submit(cluster, wanted);
    await manager.heard('hello');
    manager.start(
      'l6',
      startSpec('r', [programFile('saves-on-usr1.sh')], { checkpoint: { kind: 'signal', signal: 'USR1', graceMs: 60_000, exitCode: 85 } }),
    );
    await manager.heard('started');
    await manager.heard('ending', ({ cause }) => cause === 'walltime');
    expect(await manager.outcome('e@r')).toMatchObject({ exitCode: 85, stopCause: 'walltime' });
    const end = await reportOfEnd(cluster, wanted);
    expect((end.endedAtMs ?? Infinity) - (end.startedAtMs ?? 0)).toBeLessThanOrEqual(8_000);
  });

  test('nothing is left of a node that died together with its guards', async () => {
    await using workDir = await testWorkDir();
    await using _reaper = reaper('l7');
    await using manager = await FakeManager.start(workDir);
    await using cluster = localCluster(workDir);
    const wanted = allocation('l7');
    const pid = await submit(cluster, wanted);
    await manager.heard('hello');
    manager.start('l7', startSpec('r', [programFile('leaves-session.sh')]));
    await manager.heard('started');
    const family = processes()
      .filter((entry) => entry.pid === pid || entry.ppid === pid)
      .map((entry) => entry.pid);
    expect(family).toHaveLength(3);
    for (const member of family) process.kill(member, 'SIGSTOP');
    for (const member of family) process.kill(member, 'SIGKILL');
    await reportOfEnd(cluster, wanted);
    await waitUntil('its runs are swept', () => processes().every((entry) => !environOf(entry.pid).includes('JUQUEUE_NODE=l7')));
  });
});
