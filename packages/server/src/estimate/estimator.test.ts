import { expect, test } from 'vitest';
import type { EstimateQuestion } from '@juqueue/core';
import { estimate } from '@juqueue/core';
import { sampleCluster } from '@juqueue/core/samples';
import { Estimator } from './estimator.ts';

const hourMs = 3_600_000;

function question(runs: number): EstimateQuestion {
  const group = {
    experiment: 'sweep',
    experimentOrder: 1,
    priority: 0,
    resources: { slots: 1 },
    checkpoint: { kind: 'assumed' },
    source: 'declared',
    share: 1 / 4,
    runs,
    ms: hourMs,
    upperMs: hourMs,
  } as const;
  return { cluster: sampleCluster({ maxAllocations: 64 }), groups: [group], startUpMs: 60_000, declaredError: 0 };
}

test('an estimate of many runs is made in a thread of its own: the one that asks goes on meanwhile', async () => {
  await using estimator = new Estimator();
  let isDone = false;
  const asked = estimator.estimate(question(2_000)).finally(() => {
    isDone = true;
  });
  const began = process.threadCpuUsage();
  let breaths = 0;
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    breaths += 1;
  }
  const { user } = process.threadCpuUsage(began);
  expect(await asked).toEqual(estimate(question(2_000)));
  expect(breaths).toBeGreaterThan(5);
  expect(user / 1_000).toBeLessThan(5 * breaths);
}, 120_000);
