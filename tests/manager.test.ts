import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';
import { processesThatName } from './processes.ts';

interface RunAnswer {
  readonly status: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly attempt: number;
  readonly node: string | null;
}

interface AttemptsAnswer {
  readonly attempts: readonly { readonly attempt: number; readonly pid: number | null; readonly node: string }[];
}

const twoNodes = 'local:\n  type: local\n  max_jobs: 2\n  num_slots: 2\n  grace: 2s\n';

function experiment(name: string, runs: readonly string[], more = ''): string {
  return `name: ${name}\nautostart: true\ndefaults: { cluster: local${more} }\nruns:\n${runs.map((run) => `  - ${run}\n`).join('')}`;
}

const runPath = (id: string): string => `/api/v1/runs/${encodeURIComponent(id)}`;

function untilRun(manager: TestManager, id: string, holds: (run: RunAnswer) => boolean, patienceMs?: number): Promise<RunAnswer> {
  return manager.until<RunAnswer>(runPath(id), holds, patienceMs);
}

async function pidOf(manager: TestManager, id: string): Promise<number> {
  const { attempts } = await manager.until<AttemptsAnswer>(`${runPath(id)}/attempts`, (answer) => answer.attempts.at(-1)?.pid != null);
  return attempts.at(-1)?.pid ?? 0;
}

/** What sweeps up behind a node outlives it and its manager by a moment. */
async function nothingIsLeft(folder: TestFolder): Promise<void> {
  await expect.poll(() => processesThatName(folder.path), { timeout: 5_000 }).toEqual([]);
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('what an exit means', { timeout: 60_000 }, () => {
  test('0 is finished, 7 is failed with 7 in the detail, a signal is named, a missing program too', async () => {
    using folder = new TestFolder({
      'clusters.yaml': twoNodes,
      'experiments/e.yaml': experiment('e', [
        '{ id: good, cmd: ["true"] }',
        '{ id: seven, cmd: [sh, -c, "exit 7"] }',
        '{ id: killed, cmd: [sh, -c, "kill -9 $$"] }',
        '{ id: missing, cmd: [no-such-program-anywhere] }',
        '{ id: forbidden, cmd: [/etc/passwd] }',
      ]),
    });
    await using manager = await TestManager.start(folder);
    const ended = (run: RunAnswer): boolean => run.status === 'finished' || run.status === 'failed';
    expect(await untilRun(manager, 'e@good', ended)).toMatchObject({ status: 'finished', reason: 'exit', attempt: 1 });
    const seven = await untilRun(manager, 'e@seven', ended);
    expect(seven).toMatchObject({ status: 'failed', reason: 'exit', attempt: 1 });
    expect(seven.detail).toContain('7');
    const killed = await untilRun(manager, 'e@killed', ended);
    expect(killed).toMatchObject({ status: 'failed', reason: 'signal' });
    expect(killed.detail).toMatch(/SIGKILL|signal 9/);
    const missing = await untilRun(manager, 'e@missing', ended);
    expect(missing).toMatchObject({ status: 'failed', reason: 'exit' });
    expect(missing.detail).toContain('no-such-program-anywhere');
    const forbidden = await untilRun(manager, 'e@forbidden', ended);
    expect(forbidden.detail).toMatch(/passwd.*(not executable|chmod)/s);
  });
});

describe('a NodeManager that is killed', { timeout: 90_000 }, () => {
  test('has its runs again elsewhere within 5 s as attempt 2, with a second header, and nothing else is restarted', async () => {
    using folder = new TestFolder({
      'clusters.yaml': twoNodes,
      'experiments/e.yaml': experiment(
        'e',
        [1, 2, 3, 4].map((n) => `{ id: r${n}, cmd: [sleep, "600"] }`),
      ),
    });
    await using manager = await TestManager.start(folder);
    const runs = await Promise.all([1, 2, 3, 4].map((n) => untilRun(manager, `e@r${n}`, (run) => run.reason === 'running')));
    const victim = runs[0]?.node ?? '';
    const lost = [1, 2, 3, 4].filter((_, i) => runs[i]?.node === victim);
    const others = [1, 2, 3, 4].filter((n) => !lost.includes(n));
    const pids = new Map(await Promise.all(others.map(async (n) => [n, await pidOf(manager, `e@r${n}`)] as const)));

    const { nodes } = await manager.json<{ nodes: readonly { id: string; pid: number | null }[] }>('/api/v1/nodes');
    process.kill(nodes.find((node) => node.id === victim)?.pid ?? 0, 'SIGKILL');
    const beganMs = Date.now();
    await Promise.all(lost.map((n) => untilRun(manager, `e@r${n}`, (run) => run.attempt === 2 && run.reason === 'running', 10_000)));
    process.stdout.write(`runs of a killed NodeManager execute again after ${Date.now() - beganMs} ms\n`);
    expect(Date.now() - beganMs).toBeLessThan(5_000);
    for (const n of lost) expect(folder.read(`e/r${n}/logs/stdout.log`).match(/attempt \d/g)).toEqual(['attempt 1', 'attempt 2']);
    for (const n of others) {
      expect(await untilRun(manager, `e@r${n}`, () => true)).toMatchObject({ attempt: 1, reason: 'running' });
      expect(await pidOf(manager, `e@r${n}`)).toBe(pids.get(n));
    }
  });
});

describe('a manager that is killed', { timeout: 90_000 }, () => {
  test('finds its runs again: same process ids, same attempts, results recorded', async () => {
    using folder = new TestFolder({
      'clusters.yaml': twoNodes,
      'experiments/e.yaml': experiment('e', ['{ id: long, cmd: [sleep, "600"] }', '{ id: ends, cmd: [sh, -c, "sleep 4; exit 3"] }']),
    });
    const first = await TestManager.start(folder);
    await untilRun(first, 'e@long', (run) => run.reason === 'running');
    const [long, ends] = [await pidOf(first, 'e@long'), await pidOf(first, 'e@ends')];
    await first.end('SIGKILL');
    await sleep(5_000);
    expect([isAlive(long), isAlive(ends)]).toEqual([true, false]);

    await using second = await TestManager.start(folder);
    expect(await untilRun(second, 'e@ends', (run) => run.status === 'failed')).toMatchObject({ attempt: 1, reason: 'exit' });
    expect(await untilRun(second, 'e@long', (run) => run.reason === 'running')).toMatchObject({ attempt: 1 });
    expect(await pidOf(second, 'e@long')).toBe(long);
  });

  test('lost nothing that it had acknowledged', async () => {
    using folder = new TestFolder({ 'clusters.yaml': twoNodes, 'experiments/e.yaml': experiment('e', ['{ id: r, cmd: [sleep, "600"] }']) });
    const first = await TestManager.start(folder);
    await untilRun(first, 'e@r', (run) => run.reason === 'running');
    const answer = await first.request('/experiment/e/cancel_runs', {
      method: 'PUT',
      body: JSON.stringify({ run_ids: ['r'], force: true }),
    });
    await first.end('SIGKILL');
    expect(answer.status).toBe(200);
    await using second = await TestManager.start(folder);
    expect(await untilRun(second, 'e@r', (run) => run.status === 'inactive')).toMatchObject({ reason: 'user-cancelled' });
  });
});

describe('stopping', { timeout: 90_000 }, () => {
  test('an orderly stop makes local runs ready, ends their nodes and leaves no process behind', async () => {
    using folder = new TestFolder({ 'clusters.yaml': twoNodes, 'experiments/e.yaml': experiment('e', ['{ id: r, cmd: [sleep, "600"] }']) });
    const manager = await TestManager.start(folder);
    await untilRun(manager, 'e@r', (run) => run.reason === 'running');
    const pid = await pidOf(manager, 'e@r');
    expect(await manager.end('SIGTERM')).toBe(0);
    expect(manager.output).toMatch(/1 run stopped, 1 node ended/);
    expect(isAlive(pid)).toBe(false);
    await nothingIsLeft(folder);

    await using again = await TestManager.start(folder);
    expect(await untilRun(again, 'e@r', (run) => run.reason === 'running')).toMatchObject({ attempt: 2 });
  });

  test('a second signal ends the manager at once and its nodes go on', async () => {
    using folder = new TestFolder({
      'clusters.yaml': twoNodes,
      'experiments/e.yaml': experiment('e', [`{ id: r, cmd: [sh, -c, "trap '' TERM; while :; do sleep 1; done"] }`]),
    });
    const manager = await TestManager.start(folder);
    await untilRun(manager, 'e@r', (run) => run.reason === 'running');
    manager.process.kill('SIGINT');
    await sleep(800);
    await manager.end('SIGINT');
    expect(processesThatName(folder.path).length).toBeGreaterThan(0);
    const again = await TestManager.start(folder);
    await again.end('SIGTERM');
    await nothingIsLeft(folder);
  });
});

describe('walltime of local nodes', { timeout: 120_000 }, () => {
  test('runs that checkpoint on a signal finish over several allocations without using retries', async () => {
    const program =
      'n=$(cat n 2>/dev/null || echo 0); trap "echo \\$n > n; touch $JUQUEUE_CHECKPOINT_FILE; exit 85" USR1; while [ $n -lt 20 ]; do sleep 1 & wait $!; n=$((n+1)); echo $n > n; done';
    using folder = new TestFolder({
      'clusters.yaml': 'local:\n  type: local\n  max_jobs: 1\n  num_slots: 1\n  walltime: 15s\n  grace: 2s\n',
      'experiments/e.yaml': `name: e\nautostart: true\nruns:\n  - id: r\n    cluster: local\n    checkpoint: { signal: USR1, grace: 2s, exit_code: 85 }\n    cmd: [sh, -c, ${JSON.stringify(program)}]\n`,
    });
    await using manager = await TestManager.start(folder);
    const done = await untilRun(manager, 'e@r', (run) => run.status === 'finished' || run.status === 'failed', 90_000);
    expect(done).toMatchObject({ status: 'finished' });
    expect(done.attempt).toBeGreaterThan(1);
    expect(folder.read('e/r/n').trim()).toBe('20');
  });
});
