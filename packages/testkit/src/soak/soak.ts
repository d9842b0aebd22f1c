import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '@juqueue/core';
import { TestFolder, TestManager } from '../manager/test-manager.ts';
import { cpuSeconds, sampleOf, slopePerMinute } from './samples.ts';
import type { Sample } from './samples.ts';

/**
 * The whole program under work, faults and questions for as long as is wanted: short runs without end, NodeManagers, spawners
 * and the manager killed or stopped at random, all kinds of API calls, five open event streams. At the end the counts of all
 * views must agree, no attempt may have executed twice, and memory and descriptors must be flat.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
});
const minutes = Number(values.minutes);
const random = new Random(Number(values.seed));
const runCount = 200;
const streamCount = 5;

const program = 'echo "$JUQUEUE_ATTEMPT $$" >> trace; sleep 0.$((RANDOM % 9)); exit $((RANDOM % 10 == 0))';
using folder = new TestFolder({
  'clusters.yaml': 'local: { type: local, max_jobs: 3, num_slots: 4, grace: 1s, idle_timeout: 5s }\n',
  'experiments/soak.yaml': `name: soak\nautostart: true\ndefaults: { cluster: local, checkpoint: none, crash_limit: 1000, cmd: [bash, -c, '${program}'] }\nmatrix: { i: { from: 1, to: ${runCount} } }\nid: "r{i}"\n`,
});

type Counts = Readonly<Record<'inactive' | 'ready' | 'running' | 'finished' | 'failed', number>>;

let manager = await TestManager.start(folder);
const streams = new Set<WebSocket>();
const tally = { calls: 0, faults: 0, restarts: 0, events: 0, refused: 0 };
const samples: Sample[] = [];
const beganMs = Date.now();
const endsAtMs = beganMs + minutes * 60_000;
/** Memory is judged in the second half, when everything has been used and no manager begins anew. */
const restartsUntilMs = beganMs + minutes * 30_000;

console.log(`soak of ${minutes} min, seed ${values.seed}`);
await Promise.all([work(), trouble(), question(), watch()]);
const faults = await verdict();
for (const fault of faults) console.log(`FAULT: ${fault}`);
console.log(faults.length === 0 ? 'no fault' : `${faults.length} faults (seed ${values.seed})`);
process.exitCode = faults.length === 0 ? 0 : 1;
await manager.end();

/** Whatever has ended is asked for again. */
async function work(): Promise<void> {
  while (Date.now() < endsAtMs) {
    await call('/api/v1/runs:resume', { selector: { state: ['finished', 'failed', 'inactive'] } });
    await sleep(1_000);
  }
}

async function trouble(): Promise<void> {
  while (Date.now() < endsAtMs) {
    await sleep(2_000 + random.next() * 6_000);
    const [victim] = shuffled(processesOf(folder.path));
    const dice = random.next();
    tally.faults += 1;
    if (dice < 0.15 && Date.now() < restartsUntilMs) {
      tally.restarts += 1;
      await manager.end('SIGKILL');
      manager = await TestManager.start(folder);
    } else if (victim !== undefined && dice < 0.6) signal(victim, 'SIGKILL');
    else if (victim !== undefined) {
      signal(victim, 'SIGSTOP');
      await sleep(500 + random.next() * 2_000);
      signal(victim, 'SIGCONT');
    }
  }
}

async function question(): Promise<void> {
  const paths = [
    '/api/v1/runs?limit=50',
    '/api/v1/runs?limit=1000&state=ready',
    '/api/v1/overview',
    '/api/v1/nodes',
    '/api/v1/clusters',
    '/api/v1/experiments',
    '/api/v1/accounting',
    '/api/v1/runs/soak%40r1',
    '/api/v1/runs/soak%40r1/attempts',
    '/api/v1/runs/nothing',
    '/api/v1/explain?target=soak%40r2',
    '/experiments',
    '/clusters',
    '/metrics',
    '/no/such/page',
  ];
  while (Date.now() < endsAtMs) {
    const dice = random.next();
    if (dice < 0.1)
      await call('/api/v1/runs:cancel', {
        selector: { q: `soak@r${1 + Math.floor(random.next() * runCount)}` },
        force: random.next() < 0.5,
      });
    else if (dice < 0.15) await call('/api/v1/runs:cancel', { selector: { nonsense: true } });
    else await call(paths[Math.floor(random.next() * paths.length)] ?? '/healthz');
    await sleep(random.next() * 200);
  }
}

/** Keeps the event streams open, and notes what the manager holds. */
async function watch(): Promise<void> {
  while (Date.now() < endsAtMs) {
    while (streams.size < streamCount) openStream();
    if (Date.now() > restartsUntilMs) samples.push(sampleOf(manager.process.pid ?? 0, Date.now() - beganMs));
    await sleep(2_000);
  }
}

function openStream(): void {
  const socket = new WebSocket(`${manager.url.replace('http', 'ws')}/api/v1/ws`, ['juqueue.v1', `juqueue.bearer.${manager.token}`]);
  streams.add(socket);
  socket.onmessage = () => (tally.events += 1);
  socket.onclose = () => streams.delete(socket);
  socket.onerror = () => streams.delete(socket);
}

/** A manager that is just being restarted does not answer; everything else does, with some status. */
async function call(path: string, body?: object): Promise<void> {
  try {
    const response = await manager.request(path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
    await response.arrayBuffer();
    tally.calls += 1;
    if (response.status >= 500) console.log(`${path} answered ${response.status}`);
  } catch {
    tally.refused += 1;
  }
}

async function verdict(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const socket of streams) socket.close();
  const { counts } = await manager.until<{ counts: Counts }>(
    '/api/v1/experiments/soak',
    (answer) => answer.counts.ready === 0 && answer.counts.running === 0,
    300_000,
  );
  // Counts are of this moment, lists of what is durable, which is a moment older.
  const { runs } = await manager.until<{ runs: readonly { id: string; status: keyof Counts; attempt: number }[] }>(
    '/api/v1/runs?limit=1000',
    (answer) => answer.runs.every(({ status }) => status !== 'ready' && status !== 'running'),
  );
  if (runs.length !== runCount) found.push(`the list has ${runs.length} runs, not ${runCount}`);
  for (const [status, count] of Object.entries(counts)) {
    const listed = runs.filter((run) => run.status === status).length;
    if (listed !== count) found.push(`${count} runs are counted as ${status}, ${listed} are listed`);
  }
  for (const { id, attempt } of runs) {
    const numbers = tracedAttempts(id.slice(id.indexOf('@') + 1));
    if (new Set(numbers).size !== numbers.length) found.push(`an attempt of ${id} executed twice: ${numbers.join(' ')}`);
    if (Math.max(0, ...numbers) > attempt) found.push(`${id} is at attempt ${attempt}, and ${Math.max(...numbers)} was executed`);
  }
  const memory = slopePerMinute(samples, ({ memoryMb }) => memoryMb);
  const descriptors = slopePerMinute(samples, (sample) => sample.descriptors);
  const last = samples.at(-1);
  console.log(
    `${tally.calls} calls (${tally.refused} while it was away), ${tally.events} events, ${tally.faults} faults, ${tally.restarts} restarts, ${runs.reduce((sum, run) => sum + run.attempt, 0)} attempts`,
  );
  console.log(
    `memory ${last?.memoryMb.toFixed(0)} MB, ${memory.toFixed(2)} MB/min (goal below 1); descriptors ${last?.descriptors}, ${descriptors.toFixed(2)} per min (goal 0)`,
  );
  // Shorter soaks see how the heap warms up and not whether it leaks.
  if (minutes >= 10 && memory >= 1) found.push(`memory rises by ${memory.toFixed(2)} MB/min`);
  if (minutes >= 10 && descriptors >= 0.5) found.push(`descriptors rise by ${descriptors.toFixed(2)} per min`);
  const idle = await idleCost();
  console.log(
    `idle: ${(idle * 100).toFixed(2)} % of a core (goal 0.2 %), ${sampleOf(manager.process.pid ?? 0, 0).memoryMb.toFixed(0)} MB (goal 150 MB)`,
  );
  return found;
}

/** The share of a core that the manager takes when nothing happens: no node, no stream, no question. */
async function idleCost(): Promise<number> {
  await manager.until<{ nodes: readonly unknown[] }>('/api/v1/nodes', ({ nodes }) => nodes.length === 0, 120_000);
  await sleep(3_000);
  const pid = manager.process.pid ?? 0;
  const beforeSeconds = cpuSeconds(pid);
  const idleMs = 30_000;
  await sleep(idleMs);
  return (cpuSeconds(pid) - beforeSeconds) / (idleMs / 1_000);
}

/** The numbers of the attempts that began to execute, as each wrote down itself. */
function tracedAttempts(run: string): readonly number[] {
  try {
    return folder
      .read(`soak/${run}/trace`)
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[0]));
  } catch {
    return [];
  }
}

/** NodeManagers and spawners of this folder's manager. */
function processesOf(path: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && pid !== manager.process.pid)
    .filter((pid) => {
      const command = textOf(join('/proc', String(pid), 'cmdline'));
      return command.includes(path) && command.includes('node-manager');
    });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself meanwhile.
  }
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
