import type { Run } from '@juqueue/core';
import { expect, test } from 'vitest';
import { aCluster, anAllocation, aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const gib = 1024 ** 3;

/** A run on a node of 2 slots, 8 processors and 64 GiB. */
function used(name: string, maxRssBytes: number, maxCores: number, changes: Partial<Run> = {}): Run {
  const usage = {
    samples: 3,
    cpuMs: 1,
    meanCores: maxCores,
    maxCores,
    meanRssBytes: maxRssBytes,
    maxRssBytes,
    readBytes: 0,
    writtenBytes: 0,
    gpu: null,
  };
  const outcome = {
    kind: 'exit',
    exitCode: 0,
    signal: null,
    stopCause: null,
    startedAtMs: 1,
    endedAtMs: 2,
    checkpointAtMs: null,
    progress: null,
    detail: '',
    usage,
  } as const;
  return aRun(`sweep@${name}`, { status: 'finished', reason: 'exit', attempt: 1, outcome, ...changes });
}

async function hintsOf(runs: readonly Run[], gpus?: number): Promise<unknown> {
  const manager = new FakeManager();
  for (const run of runs) manager.add(run);
  manager.clusters.set('local', aCluster('local', gpus === undefined ? {} : { nodeResources: { slots: 2, gpus } }));
  const { node, ...allocation } = anAllocation('a1');
  manager.ended.push({ ...allocation, node: node === null ? null : { ...node, found: { cpus: 8, memoryBytes: 64 * gib, devices: null } } });
  await using server = await serveFake(manager);
  return (await server.get('/api/v1/hints')).json().hints;
}

const small = (count: number): readonly Run[] => Array.from({ length: count }, (_, i) => used(`r${i}`, 15 * gib, 1.9));

test('a cluster on which seven of eight runs fit in half of their slots could have more of them', async () => {
  expect(await hintsOf([...small(7), used('large', 17 * gib, 1)])).toEqual([
    {
      cluster: 'local',
      runs: 8,
      fitting: 7,
      sentence:
        '7 of 8 runs on local fit in half the memory and half the processors of their slots: more slots per node are possible (num_slots: 4 instead of 2)',
    },
  ]);
});

test.each([
  ['fewer than eight were sampled', small(7), undefined],
  ['two of eight need the memory', [...small(6), used('a', 17 * gib, 1), used('b', 17 * gib, 1)], undefined],
  ['two of eight need the processors', [...small(6), used('a', gib, 4), used('b', gib, 4)], undefined],
  ['runs get devices', small(8), 2],
])('nothing is said when %s', async (_title, runs, gpus) => {
  expect(await hintsOf(runs, gpus)).toEqual([]);
});
