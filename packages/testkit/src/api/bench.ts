import { fork, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TestFolder, TestManager } from '../manager/test-manager.ts';

/** How fast the interface answers with 100 000 runs loaded, beside fastify answering a constant in the same minute. */
const runs = Number(process.argv[2] ?? 100_000);
const experiments = 5;
const requests = 200;
const clients = 5;
const clientSeconds = 15;
/** Below the limit of requests a second that the manager answers. */
const pauseMs = 10;

const lists = [
  '',
  'sort=-changed',
  'state=inactive&sort=-parameters.lr',
  'sort=parameters.seed',
  'where=seed<50',
  'experiment=e3&sort=name',
  'q=*_s77*',
  'where=lr>0.05&sort=-duration',
  'sort=status&limit=200',
].map((query) => `/api/v1/runs?${query.replace('sort=name', 'sort=id')}`);

using folder = new TestFolder({ 'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n', ...experimentFiles() });
await using manager = await TestManager.start(folder);
const loaded = await manager.until<{ runs: { inactive: number } }>(
  '/api/v1/overview',
  (overview) => overview.runs.inactive >= runs,
  120_000,
);
console.log(`${loaded.runs.inactive} runs in ${experiments} experiments; ${machine()}`);

const yardstick = fork(fileURLToPath(new URL('./constant-server.ts', import.meta.url)), ['39000']);
const { port } = await told<{ port: number }>(yardstick);
const constantUrl = `http://127.0.0.1:${port}/`;

const baseline = await measure(requests, () => fetch(constantUrl));
print('fastify, a constant of 39 kB', baseline, null);
await measure(20, (i) => manager.request(lists[i % lists.length] ?? ''));
print('list pages', await measure(requests, (i) => manager.request(lists[i % lists.length] ?? '')), { p99Ms: 50, bytes: 40_000 });
print('facets', await measure(50, (i) => manager.request(i % 2 === 0 ? '/api/v1/runs/facets' : '/api/v1/runs/facets?experiment=e1')), null);
print('overview', await measure(requests, () => manager.request('/api/v1/overview')), { p99Ms: 20, bytes: 20_000 });

const largeLog = makeLargeLog();
print('end of a log of 1 GB', await measure(10, () => manager.request('/api/v1/runs/e0@lr1_s1/logs/stdout?tail=200')), {
  p99Ms: 1_000,
  bytes: 1_100_000,
});
print('search of a log of 1 GB', await measure(2, () => manager.request('/api/v1/runs/e0@lr1_s1/logs/stdout/search?text=needle')), null);
console.log(
  `the same by tail ${programMs('tail', '-n', '200', largeLog).toFixed(0)} ms, by grep ${programMs('grep', '-c', 'needle', largeLog).toFixed(0)} ms`,
);

const starts = Array.from({ length: 10 }, () => timedVerb('--version')).sort((a, b) => a - b);
console.log(
  `start of a command: median ${starts[5]?.toFixed(0)} ms, worst ${starts.at(-1)?.toFixed(0)} ms (goal 150 ms); node -e 0 ${bareNode().toFixed(0)} ms`,
);
const status = Array.from({ length: 10 }, () => timedVerb('status', '--work-dir', folder.workDir)).sort((a, b) => a - b);
console.log(
  `juqueue status: median ${status[5]?.toFixed(0)} ms, worst ${status.at(-1)?.toFixed(0)} ms (goal 300 ms); node -e 0 ${bareNode().toFixed(0)} ms`,
);

await manager.request('/metrics');
const frames = await withClients();
const metrics = await (await manager.request('/metrics')).text();
const p99 = Number(/juqueue_event_loop_delay_seconds\{quantile="0.99"\} (\S+)/.exec(metrics)?.[1]) * 1_000;
yardstick.send('delay');
const { delayMs } = await told<{ delayMs: number }>(yardstick);
yardstick.kill();
console.log(`event loop with ${clients} clients: p99 ${p99.toFixed(1)} ms late (goal 50 ms); an idle loop ${delayMs.toFixed(1)} ms`);
console.log(
  `per client at most ${frames.perSecond.toFixed(1)} frames/s (goal 4), ${(frames.bytesPerSecond / 1_000).toFixed(1)} kB/s (goal 50)`,
);
console.log(`at the end: ${machine()}`);

/** Times mean nothing without what else the machine does. */
function machine(): string {
  return `${cpus().length} cores, load ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`;
}

function experimentFiles(): Record<string, string> {
  const each = runs / experiments / 10;
  const text = (name: string): string =>
    `name: ${name}\ndefaults: { cluster: local, cmd: [sh, -c, "exec sleep 600"], checkpoint: none }\nmatrix: { lr: { from: 1, to: 10 }, seed: { from: 1, to: ${each} } }\nid: "lr{lr}_s{seed}"\n`;
  return Object.fromEntries(Array.from({ length: experiments }, (_, i) => [`experiments/e${i}.yaml`, text(`e${i}`)]));
}

interface Measured {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bytes: number;
}

/** The time of each answer with its body, one after the other; `bytes` is the largest. */
async function measure(count: number, ask: (i: number) => Promise<Response>): Promise<Measured> {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < count; i += 1) {
    const beganMs = performance.now();
    const response = await ask(i);
    const body = await response.arrayBuffer();
    times.push(performance.now() - beganMs);
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${Buffer.from(body).toString()}`);
    bytes = Math.max(bytes, body.byteLength);
    await sleep(pauseMs);
  }
  times.sort((a, b) => a - b);
  return { p50Ms: times[times.length >> 1] ?? 0, p99Ms: times[Math.ceil(times.length * 0.99) - 1] ?? 0, bytes };
}

function print(name: string, { p50Ms, p99Ms, bytes }: Measured, goal: { readonly p99Ms: number; readonly bytes: number } | null): void {
  const goals = goal === null ? '' : `  (goal p99 ${goal.p99Ms} ms, ${(goal.bytes / 1_000).toFixed(0)} kB)`;
  console.log(
    `${name.padEnd(30)} p50 ${p50Ms.toFixed(1).padStart(7)} ms  p99 ${p99Ms.toFixed(1).padStart(7)} ms  ${(bytes / 1_000).toFixed(1).padStart(7)} kB${goals}`,
  );
}

/** A hole with lines at its end: reading it costs the same as reading data that is in the page cache. */
function makeLargeLog(): string {
  const logs = join(folder.workDir, 'e0/lr1_s1/logs');
  mkdirSync(logs, { recursive: true });
  const path = join(logs, 'stdout.log');
  const file = openSync(path, 'w');
  const end = Array.from({ length: 5_000 }, (_, i) => `step ${i} loss=0.${i}\n`).join('') + 'needle\n';
  ftruncateSync(file, 1_000_000_000);
  writeSync(file, end, 1_000_000_000 - end.length);
  closeSync(file);
  return path;
}

function timedVerb(...args: readonly string[]): number {
  const program = fileURLToPath(new URL('../../../cli/bin/juqueue.js', import.meta.url));
  const beganMs = performance.now();
  const { status: code } = spawnSync(process.execPath, [program, ...args]);
  if (code !== 0) throw new Error(`juqueue ${args[0]} ended with ${code}`);
  return performance.now() - beganMs;
}

function bareNode(): number {
  return programMs(process.execPath, '-e', '0');
}

function programMs(program: string, ...args: readonly string[]): number {
  const beganMs = performance.now();
  spawnSync(program, args);
  return performance.now() - beganMs;
}

/** Pages that look, as a person leaves them open, while runs are resumed and cancelled all the time. */
async function withClients(): Promise<{ readonly perSecond: number; readonly bytesPerSecond: number }> {
  const got = await Promise.all(
    Array.from({ length: clients }, async () => {
      const socket = new WebSocket(`${manager.url.replace('http', 'ws')}/api/v1/ws`, ['juqueue.v1', `juqueue.bearer.${manager.token}`]);
      const counted = { frames: 0, bytes: 0, socket };
      socket.addEventListener('message', ({ data }) => {
        counted.frames += 1;
        counted.bytes += String(data).length;
      });
      await once(socket, 'open');
      socket.send(JSON.stringify({ kind: 'subscribe', topics: ['overview', 'nodes', 'events', 'runs:'] }));
      return counted;
    }),
  );
  const beganMs = performance.now();
  const untilMs = beganMs + clientSeconds * 1_000;
  const polling = got.map(async (_each, i) => {
    for (let turn = i; performance.now() < untilMs; turn += 1) {
      await (await manager.request(lists[turn % lists.length] ?? '')).arrayBuffer();
      await sleep(1_000);
    }
  });
  for (let turn = 1; performance.now() < untilMs; turn += 1) {
    const selector = { q: `e${turn % experiments}@lr${(turn % 10) + 1}_s1*` };
    for (const verb of ['resume', 'cancel'])
      await manager.request(`/api/v1/runs:${verb}`, { method: 'POST', body: JSON.stringify({ selector, force: true }) });
    await sleep(100);
  }
  await Promise.all(polling);
  for (const { socket } of got) socket.close();
  const seconds = (performance.now() - beganMs) / 1_000;
  return {
    perSecond: Math.max(...got.map(({ frames: count }) => count)) / seconds,
    bytesPerSecond: Math.max(...got.map(({ bytes }) => bytes)) / seconds,
  };
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T;
}
