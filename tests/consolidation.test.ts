import { expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

interface RunAnswer {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly node: string | null;
}

/** Counts seconds in the file `n`, which is its checkpoint; saves and leaves with 85 when it is asked to. */
const counting = (seconds: number): string =>
  `n=$(cat n 2>/dev/null || echo 0); trap "exit 85" USR1; while [ $n -lt ${seconds} ]; do sleep 1 & wait $!; n=$((n+1)); echo $n > n; touch $JUQUEUE_CHECKPOINT_FILE; done`;

test('four nodes with one resumable run left on each become one node, and nothing counts as a failure', { timeout: 180_000 }, async () => {
  const ids = Array.from({ length: 16 }, (_, i) => `r${String(i).padStart(2, '0')}`);
  const runs = ids.map((id, i) => `  - { id: ${id}, cmd: [sh, -c, ${JSON.stringify(counting(i % 4 === 0 ? 60 : 5))}] }\n`).join('');
  using folder = new TestFolder({
    'clusters.yaml': 'local:\n  type: local\n  max_jobs: 4\n  num_slots: 4\n  grace: 3s\n',
    'experiments/e.yaml': `name: e\nautostart: true\ndefaults: { cluster: local, checkpoint: { signal: USR1, grace: 3s, exit_code: 85 } }\nruns:\n${runs}`,
  });
  await using manager = await TestManager.start(folder);
  const { runs: spread } = await manager.until<{ runs: readonly RunAnswer[] }>(
    '/api/v1/runs?state=running',
    (answer) => answer.runs.length === 16,
  );
  expect(new Set(spread.map((run) => run.node)).size).toBe(4);

  await manager.until<{ runs: readonly RunAnswer[] }>('/api/v1/runs?state=finished', (answer) => answer.runs.length === 12, 60_000);
  const beganMs = Date.now();
  const { runs: packed } = await manager.until<{ runs: readonly RunAnswer[] }>(
    '/api/v1/runs?state=running',
    (answer) => answer.runs.length === 4 && new Set(answer.runs.map((run) => run.node)).size === 1,
    60_000,
  );
  await manager.until<{ nodes: readonly unknown[] }>('/api/v1/nodes', (answer) => answer.nodes.length === 1);
  process.stdout.write(`one node holds the last four runs ${Date.now() - beganMs} ms after the twelfth end\n`);
  expect(packed.map((run) => run.attempt).sort()).toEqual([1, 2, 2, 2]);

  await manager.until<{ runs: readonly RunAnswer[] }>('/api/v1/runs?state=finished', (answer) => answer.runs.length === 16, 120_000);
  for (const run of packed) {
    expect(folder.read(`e/${run.id.slice(2)}/n`).trim()).toBe('60');
    expect(JSON.parse(folder.read(`e/${run.id.slice(2)}/juqueue-run.json`))).toMatchObject({ status: 'finished' });
  }
});
