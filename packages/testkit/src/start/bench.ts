import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestFolder, TestManager } from '../manager/test-manager.ts';
import { cpuSeconds, sampleOf } from '../soak/samples.ts';

/** How long a start takes until the manager serves, small and with 100 000 runs, beside what a bare Node needs for as many definitions. */
const runs = Number(process.argv[2] ?? 100_000);
const small = 24;
const repeats = 5;
/** The index takes in the new definitions after the first answer. */
const settleMs = 10_000;

console.log(
  `node -e 0: ${median(Array.from({ length: repeats }, () => nodeMs('0'))).toFixed(0)} ms; load ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`,
);
await measure(small, 3);
await measure(runs, 3);
await measureCancel();

/** From the start of the process to the first answer, in an existing work-dir. The CPU time of all threads does not depend on who else is on the machine. */
async function measure(count: number, goalSeconds: number): Promise<void> {
  using folder = new TestFolder(definitions(count));
  const first = await TestManager.start(folder);
  await first.end('SIGKILL');
  const tookMs: number[] = [];
  const workedMs: number[] = [];
  let memoryMb = 0;
  for (let i = 0; i < repeats; i += 1) {
    const beganMs = performance.now();
    await using manager = await TestManager.start(folder);
    tookMs.push(performance.now() - beganMs);
    const pid = manager.process.pid ?? 0;
    workedMs.push(cpuSeconds(pid) * 1_000);
    memoryMb = sampleOf(pid, 0).memoryMb;
    await manager.end('SIGKILL');
  }
  const lines = join(folder.path, 'definitions.jsonl');
  writeFileSync(
    lines,
    Array.from(
      { length: count },
      (_, i) => `${JSON.stringify({ id: `e@r${i}`, cmd: ['true'], cluster: 'local', parameters: { i }, checkpoint: { kind: 'none' } })}\n`,
    ).join(''),
  );
  const bareMs = nodeMs(
    `const m = new Map(); for (const line of require('fs').readFileSync(${JSON.stringify(lines)}, 'utf8').split('\\n')) if (line !== '') m.set(m.size, JSON.parse(line))`,
  );
  console.log(
    `start with ${count} runs: median ${seconds(median(tookMs))}, worst ${seconds(Math.max(...tookMs))} (goal ${goalSeconds} s), ${seconds(median(workedMs))} of CPU in all threads, ${memoryMb.toFixed(0)} MB; a Node that parses as many definitions ${seconds(bareMs)}`,
  );
}

/** Cancels a fifth while others ask. */
async function measureCancel(): Promise<void> {
  using folder = new TestFolder(definitions(runs));
  await using manager = await TestManager.start(folder);
  await sleep(settleMs);
  const idleMs = await askedMs(manager);
  let isCancelling = true;
  let longestMs = 0;
  const asking = (async () => {
    while (isCancelling) longestMs = Math.max(longestMs, await askedMs(manager));
  })();
  const beganMs = performance.now();
  const response = await manager.request('/api/v1/runs:cancel', {
    method: 'POST',
    body: JSON.stringify({ selector: { where: [`i<=${runs / 5}`] } }),
  });
  await response.text();
  const tookMs = performance.now() - beganMs;
  isCancelling = false;
  await asking;
  console.log(
    `cancel of ${runs / 5}: ${seconds(tookMs)} (goal 5 s), longest answer meanwhile ${longestMs.toFixed(0)} ms; without it ${idleMs.toFixed(0)} ms`,
  );
}

async function askedMs(manager: TestManager): Promise<number> {
  const beganMs = performance.now();
  await (await manager.request('/api/v1/runs?limit=5')).arrayBuffer();
  const tookMs = performance.now() - beganMs;
  await sleep(20);
  return tookMs;
}

function definitions(count: number): Record<string, string> {
  return {
    'clusters.yaml': 'local: { type: local, max_jobs: 0, num_slots: 2 }\n',
    'experiments/e.yaml': `name: e\nautostart: true\ndefaults: { cluster: local, cmd: ["true"], checkpoint: none }\nmatrix: { i: { from: 1, to: ${count} } }\nid: "r{i}"\n`,
  };
}

function nodeMs(program: string): number {
  const beganMs = performance.now();
  spawnSync(process.execPath, ['-e', program]);
  return performance.now() - beganMs;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
