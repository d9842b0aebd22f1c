import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestFolder, TestManager } from '../manager/test-manager.ts';
import { cpuSeconds, sampleOf } from '../soak/samples.ts';

/** What a manager takes while nothing happens, without a node and with one, beside an idle HTTP server of Node in the same minutes. */
const seconds = Number(process.argv[2] ?? 60);
/** Threads that are of no use any more have ended by then. */
const settleMs = 75_000;

using alone = new TestFolder(definitions(''));
using withNode = new TestFolder(definitions('autostart: true\n'));
await using quiet = await TestManager.start(alone);
await using keeping = await TestManager.start(withNode);
await keeping.until<{ counts: { finished: number } }>('/api/v1/experiments/e', ({ counts }) => counts.finished === 1, 60_000);
const yardstick = spawn(process.execPath, ['-e', "require('node:http').createServer().listen(0, '127.0.0.1')"], { stdio: 'ignore' });

await sleep(settleMs);
const watched = [
  { name: 'an idle HTTP server of Node', pids: [yardstick.pid ?? 0], goals: '' },
  { name: 'manager', pids: [quiet.process.pid ?? 0], goals: '  (goal 0.2 %, 150 MB)' },
  { name: 'manager with an idle node', pids: [keeping.process.pid ?? 0], goals: '' },
  { name: 'that node and its spawners', pids: nodeProcesses(withNode.workDir), goals: '' },
];
const before = watched.map(({ pids }) => sumOf(pids, cpuSeconds));
await sleep(seconds * 1_000);
watched.forEach(({ name, pids, goals }, i) => {
  const share = (sumOf(pids, cpuSeconds) - (before[i] ?? 0)) / seconds;
  console.log(`${name.padEnd(30)} ${(share * 100).toFixed(2).padStart(5)} % of a core  ${sumOf(pids, (pid) => sampleOf(pid, 0).memoryMb).toFixed(0).padStart(4)} MB${goals}`);
});
console.log(`over ${seconds} s; load ${loadavg().map((each) => each.toFixed(1)).join(' ')}`);
yardstick.kill();

function definitions(autostart: string): Record<string, string> {
  return {
    'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2, idle_timeout: 1h }\n',
    'experiments/e.yaml': `name: e\n${autostart}defaults: { cluster: local, cmd: ["true"], checkpoint: none }\nmatrix: { i: [1] }\nid: "r{i}"\n`,
  };
}

function sumOf(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + of(pid), 0);
}

/** NodeManager and spawners: what was started from the bundle of this work-dir. */
function nodeProcesses(workDir: string): readonly number[] {
  return readdirSync('/proc').map(Number).filter((pid) => Number.isInteger(pid) && commandOf(pid).includes(`${workDir}/.juqueue/bin/`));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
