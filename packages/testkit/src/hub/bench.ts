import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubProcess } from './hub-process.ts';
import { listedIds, quantile, submitLoad } from './submit-load.ts';

/** How fast a hub takes jobs, and whether it has all of them after its death. */
const jobs = Number(process.argv[2] ?? 10_000);
const clients = Number(process.argv[3] ?? 50);

const settleMs = 1_000;
const writes = 200;

await using hub = await HubProcess.start();
await sleep(settleMs);
printWrites();
const load = await submitLoad({ url: hub.url, key: hub.managerKey, jobs, clients });
const [p50, p99] = [0.5, 0.99].map((share) => quantile(load.tookMs, share));
console.log(
  `${load.ids.length} jobs of ${clients} clients in ${(load.wholeMs / 1_000).toFixed(1)} s: ${((load.ids.length / load.wholeMs) * 1_000).toFixed(0)} jobs/s`,
);
console.log(
  `answered after: median ${p50?.toFixed(1)} ms, p99 ${p99?.toFixed(1)} ms (goal 100 ms), longest ${load.tookMs.at(-1)?.toFixed(1)} ms`,
);
printWrites();
await hub.kill();
const beganMs = performance.now();
await hub.start();
console.log(`killed and started again in ${((performance.now() - beganMs) / 1_000).toFixed(1)} s with ${load.ids.length} open jobs`);
const kept = await listedIds(hub.url, hub.managerKey);
console.log(`lost: ${load.ids.filter((id) => !kept.has(id)).length}`);

/** The yardstick: an answer waits for the write that is under way and for its own. */
function printWrites(): void {
  const file = openSync(join(hub.folder, 'yardstick'), 'w');
  const tookMs = Array.from({ length: writes }, () => {
    const beganMs = performance.now();
    writeSync(file, Buffer.alloc(32_768));
    fsyncSync(file);
    return performance.now() - beganMs;
  }).sort((a, b) => a - b);
  closeSync(file);
  console.log(
    `a write of 32 KiB with fsync on this disk: median ${quantile(tookMs, 0.5).toFixed(1)} ms, p99 ${quantile(tookMs, 0.99).toFixed(1)} ms`,
  );
}
