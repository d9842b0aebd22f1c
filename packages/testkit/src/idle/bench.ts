import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestFolder, TestManager } from '../manager/test-manager.ts';
import { cpuSeconds, sampleOf } from '../soak/samples.ts';

/** What a manager takes while nothing happens, without a node, beside an idle HTTP server of Node in the same minutes. */
const seconds = Number(process.argv[2] ?? 60);
/** Threads that are of no use any more have ended by then. */
const settleMs = 75_000;

using folder = new TestFolder(definitions());
await using quiet = await TestManager.start(folder);
const yardstick = spawn(process.execPath, ['-e', "require('node:http').createServer().listen(0, '127.0.0.1')"], { stdio: 'ignore' });

await sleep(settleMs);
const watched = [
  { name: 'an idle HTTP server of Node', pid: yardstick.pid ?? 0, goals: '' },
  { name: 'manager', pid: quiet.process.pid ?? 0, goals: '  (goal 0.2 %, 150 MB)' },
];
const before = watched.map(({ pid }) => cpuSeconds(pid));
await sleep(seconds * 1_000);
watched.forEach(({ name, pid, goals }, i) => {
  const share = (cpuSeconds(pid) - (before[i] ?? 0)) / seconds;
  console.log(
    `${name.padEnd(30)} ${(share * 100).toFixed(2).padStart(5)} % of a core  ${sampleOf(pid, 0).memoryMb.toFixed(0).padStart(4)} MB${goals}`,
  );
});
console.log(
  `over ${seconds} s; load ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`,
);
yardstick.kill();

function definitions(): Record<string, string> {
  return {
    'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n',
    'experiments/e.yaml': 'name: e\ndefaults: { cluster: local, cmd: ["true"], checkpoint: none }\nmatrix: { i: [1] }\nid: "r{i}"\n',
  };
}
