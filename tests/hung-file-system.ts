import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

interface RunAnswer {
  readonly status: string;
  readonly attempt: number;
}

const runPath = (id: string): string => `/api/v1/runs/${encodeURIComponent(id)}`;

/** An ext4 of its own on a loop device, which can be made to hang. */
class LoopDisk implements Disposable {
  readonly folder: TestFolder;
  #isFrozen = false;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.folder = new TestFolder(files);
    const image = join(this.folder.path, 'image');
    mkdirSync(this.folder.workDir);
    try {
      execFileSync('truncate', ['-s', '64M', image]);
      execFileSync('mkfs.ext4', ['-q', '-F', image], { stdio: 'ignore' });
      execFileSync('mount', ['-o', 'loop', image, this.folder.workDir], { stdio: 'ignore' });
    } catch (error) {
      rmSync(this.folder.path, { recursive: true, force: true });
      throw error;
    }
  }

  freeze(): void {
    execFileSync('fsfreeze', ['-f', this.folder.workDir]);
    this.#isFrozen = true;
  }

  thaw(): void {
    execFileSync('fsfreeze', ['-u', this.folder.workDir]);
    this.#isFrozen = false;
  }

  [Symbol.dispose](): void {
    if (this.#isFrozen) this.thaw();
    execFileSync('umount', ['--lazy', this.folder.workDir]);
    rmSync(this.folder.path, { recursive: true, force: true });
  }
}

/** Why no file system can be frozen here; null when one can. */
export const cannotFreeze: string | null = (() => {
  try {
    using disk = new LoopDisk();
    disk.freeze();
    disk.thaw();
    return null;
  } catch {
    return 'no loop device can be mounted and frozen here';
  }
})();

/** Ticks into a folder that does not hang, until told there to end. */
function definitions(outside: string): Readonly<Record<string, string>> {
  const ticks = (id: string): string => `while [ ! -e ${outside}/stop ]; do date +%s.%N >> ${outside}/${id}; sleep 0.1; done`;
  return {
    'clusters.yaml': 'local: { type: local, max_jobs: 2, num_slots: 1, grace: 2s }\n',
    'experiments/e.yaml': JSON.stringify({
      name: 'e',
      autostart: true,
      defaults: { cluster: 'local', checkpoint: 'none' },
      runs: ['a', 'b'].map((id) => ({ id, cmd: ['sh', '-c', ticks(id)] })),
    }),
  };
}

/** The longest time between two ticks, in seconds. */
function longestPause(file: string): number {
  const ticks = readFileSync(file, 'utf8').trim().split('\n').map(Number);
  return Math.max(...ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? tick)));
}

/**
 * Freezes the work-dir under two nodes with a run each, for so long; expects that no run stops, that the manager answers
 * all the time, and that everything goes on as before after the thaw. `slackFactor`: for a machine that does other things.
 */
export async function hangWorkDir(forMs: number, slackFactor: number): Promise<void> {
  using outside = new TestFolder({});
  mkdirSync(join(outside.path, 'ticks'));
  const ticks = join(outside.path, 'ticks');
  using disk = new LoopDisk(definitions(ticks));
  await using manager = await TestManager.start(disk.folder);
  for (const id of ['e@a', 'e@b']) await manager.until<RunAnswer>(runPath(id), ({ status }) => status === 'running');
  await expect.poll(() => readdirSync(ticks).length, { timeout: 20_000 }).toBe(2);
  await manager.request('/metrics');

  // What the machine itself holds up: this process does next to nothing.
  const beside = monitorEventLoopDelay({ resolution: 10 });
  beside.enable();
  disk.freeze();
  let longestAnswerMs = 0;
  for (const untilMs = Date.now() + forMs; Date.now() < untilMs; await sleep(100)) {
    const askedMs = performance.now();
    expect(await manager.json<RunAnswer>(runPath('e@a'))).toMatchObject({ status: 'running', attempt: 1 });
    longestAnswerMs = Math.max(longestAnswerMs, performance.now() - askedMs);
  }
  const metrics = await (await manager.request('/metrics')).text();
  const delays = [...metrics.matchAll(/^juqueue_event_loop_delay_seconds\{[^}]*\} (\S+)$/gm)].map(([, seconds]) => Number(seconds) * 1_000);
  disk.thaw();
  beside.disable();
  const besideMs = beside.max / 1e6;

  process.stdout.write(
    `work-dir hung for ${forMs / 1_000} s: longest gap of the manager's event loop ${Math.max(...delays).toFixed(0)} ms (of an idle process beside it ${besideMs.toFixed(0)} ms), longest answer ${longestAnswerMs.toFixed(0)} ms, longest pause of a run ${Math.max(longestPause(join(ticks, 'a')), longestPause(join(ticks, 'b'))).toFixed(1)} s\n`,
  );
  expect(Math.max(...delays) - besideMs).toBeLessThan(200 * slackFactor);
  for (const id of ['a', 'b']) expect(longestPause(join(ticks, id))).toBeLessThan(2 * slackFactor);
  execFileSync('touch', [join(ticks, 'stop')]);
  for (const id of ['e@a', 'e@b'])
    expect(await manager.until<RunAnswer>(runPath(id), ({ status }) => status !== 'running', 60_000)).toMatchObject({
      status: 'finished',
      attempt: 1,
    });
}
