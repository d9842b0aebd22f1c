import { expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

interface EstimateAnswer {
  readonly clusters: readonly {
    readonly startUpMs: number;
    readonly points: readonly { readonly nodes: number; readonly billedNodeMs: number }[];
  }[];
}
interface AccountingAnswer {
  readonly total: { readonly billedNodeSeconds: number; readonly allocations: number; readonly partsSlotMs: { readonly startUp: number } };
}

const slots = 4;

test('what an estimate says before the start is what the cluster bills then, start-up aside', { timeout: 180_000 }, async () => {
  const ids = Array.from({ length: 12 }, (_, i) => `r${String(i).padStart(2, '0')}`);
  const seconds = (i: number) => (i === 0 ? 20 : 6);
  using folder = new TestFolder({
    'clusters.yaml': `local:\n  type: local\n  max_jobs: 3\n  num_slots: ${slots}\n`,
    'experiments/e.yaml': `name: e\nautostart: false\ndefaults: { cluster: local }\nruns:\n${ids.map((id, i) => `  - { id: ${id}, time: ${seconds(i)}s, cmd: [sleep, '${seconds(i)}'] }\n`).join('')}`,
  });
  await using manager = await TestManager.start(folder);
  await manager.until<{ runs: readonly unknown[] }>('/api/v1/runs', ({ runs }) => runs.length === ids.length);
  const { clusters } = await manager.json<EstimateAnswer>('/api/v1/estimate?q=e@*');
  const point = clusters[0]?.points.at(-1);
  const resumed = await manager.request('/experiment/e/resume_runs', { method: 'PUT', body: JSON.stringify(ids) });
  expect(await resumed.json()).toMatchObject({ success: true });

  await manager.until<{ runs: readonly unknown[] }>('/api/v1/runs?state=finished', ({ runs }) => runs.length === ids.length, 120_000);
  await manager.until<{ nodes: readonly unknown[] }>('/api/v1/nodes', ({ nodes }) => nodes.length === 0, 60_000);
  const { total } = await manager.json<AccountingAnswer>('/api/v1/accounting');
  const workSeconds = total.billedNodeSeconds - total.partsSlotMs.startUp / slots / 1_000;
  const estimatedSeconds = ((point?.billedNodeMs ?? 0) - (point?.nodes ?? 0) * (clusters[0]?.startUpMs ?? 0)) / 1_000;
  process.stdout.write(
    `estimated ${estimatedSeconds} node-seconds of work on ${point?.nodes} nodes, billed ${workSeconds.toFixed(1)} on ${total.allocations}\n`,
  );
  expect(total.allocations).toBe(point?.nodes);
  expect(workSeconds).toBeGreaterThan(0.9 * estimatedSeconds);
  expect(workSeconds).toBeLessThan(1.5 * estimatedSeconds + 10);
});
