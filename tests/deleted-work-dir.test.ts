import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';
import { processesThatName } from './processes.ts';

describe('a work-dir that is deleted', { timeout: 120_000 }, () => {
  test('while its nodes run ends their runs, and they leave; nothing is left of anything', async () => {
    using folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2, grace: 1s }\n',
      'experiments/e.yaml':
        'name: e\nautostart: true\ndefaults: { cluster: local, checkpoint: none }\nruns:\n  - { id: mild, cmd: [sleep, "600"] }\n  - { id: deaf, cmd: [sh, -c, "trap : TERM; while :; do sleep 0.1; done"] }\n',
    });
    const manager = await TestManager.start(folder);
    await manager.until<{ runs: readonly { reason: string }[] }>(
      '/api/v1/runs',
      ({ runs }) => runs.length === 2 && runs.every(({ reason }) => reason === 'running'),
    );
    await manager.end('SIGKILL');
    expect(processesThatName(folder.workDir)).not.toEqual([]);
    // A node that is just writing there makes its folder anew while it is emptied.
    await expect
      .poll(
        () => {
          rmSync(folder.workDir, { recursive: true, force: true, maxRetries: 5 });
          return processesThatName(folder.workDir);
        },
        { timeout: 60_000, interval: 500 },
      )
      .toEqual([]);
  });
});
