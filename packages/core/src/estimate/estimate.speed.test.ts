import { expect, test } from 'vitest';
import { sampleCluster } from '../model/samples.ts';
import { estimate } from './estimate.ts';

const hour = 3_600_000;

/** The goal is a few seconds on a quiet machine; the gate leaves room for a busy one. */
const goalMs = 5_000;
const gateMs = 5 * goalMs;

test('what a hundred thousand runs of learned time would cost on up to 1 000 nodes is known within seconds of processor time', () => {
  const sweep = {
    experiment: 'sweep',
    experimentOrder: 1,
    priority: 0,
    resources: { slots: 1 },
    checkpoint: { kind: 'assumed' },
    source: 'learned',
    share: 1 / 4,
    runs: 100_000,
    ms: hour,
    upperMs: 3 * hour,
  } as const;
  const began = process.threadCpuUsage();
  const { points } = estimate({ cluster: sampleCluster({ maxAllocations: 1_000 }), groups: [sweep], startUpMs: 60_000, declaredError: 0 });
  const { user, system } = process.threadCpuUsage(began);
  const tookMs = (user + system) / 1_000;
  console.log(`estimate of 100 000 runs on ${points.length} numbers of nodes: ${tookMs.toFixed(0)} ms of processor time (goal ${goalMs})`);
  expect(points.at(-1)?.nodes).toBe(1_000);
  expect(tookMs).toBeLessThan(gateMs);
});
