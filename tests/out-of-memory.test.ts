import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

interface RunAnswer {
  readonly status: string;
  readonly reason: string;
  readonly attempt: number;
  readonly detail: string | null;
}

const controller = '/sys/fs/cgroup/memory';
const limitBytes = 450_000_000;

/** A node of three slots, each of which may hold 150 MB; one run only keeps it there. The kernel kills the largest process, which is the modest one: the greedy one is many. */
const hold = 'import sys, time; held = b"x" * (int(sys.argv[1]) * 1000000); time.sleep(600)';
const files = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 3, grace: 1s }\n',
  'experiments/e.yaml': `name: e
autostart: false
defaults: { cluster: local, checkpoint: none }
runs:
  - { id: first, cmd: [sleep, '600'] }
  - { id: modest, cmd: [python3, -c, '${hold}', '120'] }
  - { id: greedy, cmd: [bash, -c, 'while [ ! -e go ]; do sleep 0.2; done; for i in 1 2 3 4 5 6; do python3 -c "$0" 60 & sleep 0.5; done; wait', '${hold}'] }
`,
};

/** A control group of version 1 with a limit of memory, gone when the test is over. */
class MemoryGroup implements Disposable {
  readonly path = join(controller, `juqueue-test-${process.pid}`);

  constructor() {
    mkdirSync(this.path);
    writeFileSync(join(this.path, 'memory.limit_in_bytes'), String(limitBytes));
  }

  take(pid: number): void {
    writeFileSync(join(this.path, 'cgroup.procs'), String(pid));
  }

  [Symbol.dispose](): void {
    for (let tries = 0; tries < 50; tries += 1) {
      try {
        return rmdirSync(this.path);
      } catch {
        for (const pid of readFileSync(join(this.path, 'cgroup.procs'), 'utf8')
          .split('\n')
          .filter((line) => line !== ''))
          process.kill(Number(pid), 'SIGKILL');
      }
    }
  }
}

function canLimitMemory(): boolean {
  try {
    new MemoryGroup()[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

/** NodeManager and spawners of this work-dir. */
function nodeProcesses(workDir: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .filter((pid) => {
      try {
        const command = readFileSync(join('/proc', String(pid), 'cmdline'), 'utf8');
        return command.includes(workDir) && command.includes('node-manager');
      } catch {
        return false;
      }
    });
}

describe.skipIf(!canLimitMemory())(
  canLimitMemory() ? 'memory that runs out' : 'memory that runs out (skipped: needs root and control groups of version 1)',
  { timeout: 240_000 },
  () => {
    test('is told of the run that took it, and the neighbour that the kernel killed for it is tried again', async () => {
      using group = new MemoryGroup();
      using folder = new TestFolder(files);
      await using manager = await TestManager.start(folder);
      const path = (name: string) => `/api/v1/runs/${encodeURIComponent(`e@${name}`)}`;
      const resume = (name: string) =>
        manager.request('/api/v1/runs:resume', { method: 'POST', body: JSON.stringify({ selector: { q: `e@${name}` } }) });
      await resume('first');
      await manager.until<RunAnswer>(path('first'), ({ reason }) => reason === 'running', 60_000);
      for (const pid of nodeProcesses(folder.workDir)) group.take(pid);
      for (const name of ['modest', 'greedy']) {
        await resume(name);
        await manager.until<RunAnswer>(path(name), ({ reason }) => reason === 'running', 60_000);
      }
      // Both are looked at once before.
      await sleep(32_000);

      folder.writeBelow('e/greedy/go', '');
      const modest = await manager.until<RunAnswer>(
        path('modest'),
        ({ reason, attempt }) => reason === 'retry-delay' || attempt > 1,
        60_000,
      );
      const { attempts } = await manager.json<{
        attempts: readonly { outcome: { kind: string; detail: string; isBystander?: boolean } | null }[];
      }>(`${path('modest')}/attempts`);
      process.stdout.write(`${modest.status}/${modest.reason}: ${attempts[0]?.outcome?.detail}\n`);
      expect(attempts[0]?.outcome).toMatchObject({
        kind: 'out-of-memory',
        isBystander: true,
        detail: expect.stringMatching(
          /memory ran out; e@greedy had taken the memory: it held \d+ MB, and 150 MB of this node are its share/,
        ),
      });
    });
  },
);
