import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canMount } from '../packages/core/src/store/small-disk.ts';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

interface RunAnswer {
  readonly status: string;
  readonly attempt: number;
}

const runPath = (id: string): string => `/api/v1/runs/${encodeURIComponent(id)}`;

const files = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2, grace: 2s, log_limit: 1MB }\n',
  'experiments/e.yaml': `name: e
autostart: false
defaults: { cluster: local }
runs:
  - { id: steady, cmd: [sh, -c, 'while [ ! -e stop ]; do sleep 0.05; done'] }
  - { id: later, cmd: ["true"] }
  - { id: runaway, cmd: [sh, -c, 'while [ ! -e stop ]; do head -c 200000 /dev/zero | tr "\\0" x; sleep 0.1; done'] }
`,
};

/** A folder whose work-dir is a disk of 16 MB. */
class SmallWorkDir implements Disposable {
  readonly folder = new TestFolder(files);

  constructor() {
    mkdirSync(this.folder.workDir);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', this.folder.workDir]);
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder.workDir);
    return bavail * bsize;
  }

  fill(): void {
    for (const bytes of [1 << 20, 1 << 12]) {
      const content = Buffer.alloc(bytes);
      try {
        for (let number = 0; ; number += 1) writeFileSync(join(this.folder.workDir, `filler-${bytes}-${number}`), content);
      } catch {
        // Full, as far as pieces of this size go.
      }
    }
  }

  makeRoom(): void {
    execFileSync('sh', ['-c', 'rm -f "$1"/filler-*', 'sh', this.folder.workDir]);
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.folder.workDir]);
    rmSync(this.folder.path, { recursive: true, force: true });
  }
}

async function resume(
  manager: TestManager,
  selector: string,
): Promise<{ readonly status: number; readonly code?: string; readonly detail?: string }> {
  const response = await manager.request('/api/v1/runs:resume', { method: 'POST', body: JSON.stringify({ selector: { q: selector } }) });
  return { status: response.status, ...((await response.json()) as object) };
}

describe.skipIf(!canMount)(canMount ? 'a full disk' : 'a full disk (skipped: nothing can be mounted here)', { timeout: 120_000 }, () => {
  test('stops what would need it with a code and a sentence, harms no run, and everything goes on by itself when there is room', async () => {
    using place = new SmallWorkDir();
    await using manager = await TestManager.start(place.folder);
    expect((await resume(manager, 'e@steady')).status).toBe(200);
    await manager.until<RunAnswer>(runPath('e@steady'), ({ status }) => status === 'running');

    place.fill();
    // What was preallocated may take a few commands before the disk says no.
    await expect
      .poll(() => resume(manager, 'e@later'), { timeout: 30_000, interval: 100 })
      .toMatchObject({ status: 503, code: 'JQ_STORE_UNAVAILABLE' });
    const refused = await resume(manager, 'e@later');
    expect(JSON.stringify(refused)).toContain('cannot be written');
    expect(await manager.json<RunAnswer>(runPath('e@steady'))).toMatchObject({ status: 'running', attempt: 1 });
    for (const path of ['/api/v1/runs?limit=5', '/api/v1/runs/facets', '/experiments', '/api/v1/overview'])
      expect([path, (await manager.request(path)).status]).toEqual([path, 200]);

    place.makeRoom();
    await expect.poll(async () => (await resume(manager, 'e@later')).status, { timeout: 30_000 }).toBe(200);
    await manager.until<RunAnswer>(runPath('e@later'), ({ status }) => status === 'finished');
    writeFileSync(join(place.folder.workDir, 'e/steady/stop'), '');
    expect(await manager.until<RunAnswer>(runPath('e@steady'), ({ status }) => status !== 'running')).toMatchObject({
      status: 'finished',
      attempt: 1,
    });
  });

  test('is not what a run with a log that never ends makes of it: its log keeps its last part, and other runs do not notice', async () => {
    using place = new SmallWorkDir();
    await using manager = await TestManager.start(place.folder);
    await resume(manager, 'e@runaway');
    await manager.until<RunAnswer>(runPath('e@runaway'), ({ status }) => status === 'running');
    await expect
      .poll(() => place.folder.read('e/runaway/logs/stdout.log').slice(0, 60), { timeout: 30_000 })
      .toContain('the log reached its limit');
    await resume(manager, 'e@later');
    expect(await manager.until<RunAnswer>(runPath('e@later'), ({ status }) => status === 'finished')).toMatchObject({ attempt: 1 });
    writeFileSync(join(place.folder.workDir, 'e/runaway/stop'), '');
    await manager.until<RunAnswer>(runPath('e@runaway'), ({ status }) => status !== 'running');
  });
});
