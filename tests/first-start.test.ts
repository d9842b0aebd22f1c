import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { combinations, sweepReference } from './example-sweep-reference.ts';
import { freshCopy } from './fresh-copy.ts';
import { processesThatName } from './processes.ts';

const installAndSweepMs = 300_000;

test(
  'in a fresh copy, npm start installs, builds and runs the example sweep to its best parameters',
  { timeout: installAndSweepMs + 60_000 },
  async () => {
    using copy = freshCopy();
    const manager = start(copy.directory);
    try {
      const server = await serverOf(copy.directory, manager);
      await allFinished(server);

      const matrix = { lr: [0.01, 0.03, 0.1], reg: [0, 0.0001, 0.001], seed: [1, 2, 3] };
      const reference = sweepReference(readFileSync(join(copy.directory, 'example_defs/data/iris.csv'), 'utf8'), matrix);
      const best = JSON.parse(readFileSync(join(copy.directory, 'work/summary/best/best.json'), 'utf8')) as Record<string, number>;
      expect(combinations(matrix).length).toBeGreaterThanOrEqual(24);
      expect(best).toMatchObject({ lr: reference.best.lr, reg: reference.best.reg });

      const secondStartMs = await restart(manager, copy.directory);
      process.stdout.write(`second start to serving: ${secondStartMs} ms\n`);
      expect(secondStartMs).toBeLessThan(15_000);
    } finally {
      await stop(manager);
    }
    expect(processesThatName(copy.directory)).toEqual([]);
  },
);

interface Manager {
  process: ChildProcess;
  output: string;
}

interface Server {
  readonly url: string;
  readonly token: string;
}

function start(directory: string): Manager {
  const { CI: _ci, ...env } = process.env;
  const child = spawn('npm', ['start', '--', '--port', '0'], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const manager: Manager = { process: child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (manager.output += text.toString()));
  return manager;
}

/** Where the server is, from the files by which the command line finds it, once it answers. */
async function serverOf(directory: string, manager: Manager): Promise<Server> {
  const untilMs = Date.now() + installAndSweepMs;
  while (Date.now() < untilMs) {
    expect(manager.process.exitCode, manager.output).toBeNull();
    try {
      const { url } = JSON.parse(readFileSync(join(directory, 'work/.juqueue/server.json'), 'utf8')) as { url: string };
      const token = readFileSync(join(directory, 'work/.juqueue/token'), 'utf8').trim();
      if ((await fetch(`${url}/healthz`)).ok) return { url, token };
    } catch {
      // It is still installing or building.
    }
    await sleep(50);
  }
  throw new Error(`the manager did not serve:\n${manager.output}`);
}

async function allFinished({ url, token }: Server): Promise<void> {
  const untilMs = Date.now() + installAndSweepMs;
  for (;;) {
    const response = await fetch(`${url}/experiments`, { headers: { authorization: `Bearer ${token}` } });
    const experiments = (await response.json()) as Record<string, { runs: Record<string, { status: string }> }>;
    const statuses = Object.values(experiments).flatMap((experiment) => Object.values(experiment.runs).map((run) => run.status));
    expect(statuses).not.toContain('failed');
    if (statuses.length >= 26 && statuses.every((status) => status === 'finished')) return;
    if (Date.now() > untilMs) throw new Error(`not finished: ${statuses.join(' ')}`);
    await sleep(500);
  }
}

async function restart(manager: Manager, directory: string): Promise<number> {
  await stop(manager);
  const beganMs = Date.now();
  Object.assign(manager, start(directory));
  await serverOf(directory, manager);
  return Date.now() - beganMs;
}

/** As Ctrl-C does: the whole process group of the terminal hears it; npm passes a SIGTERM on. */
async function stop({ process: child }: Manager): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await Promise.race([once(child, 'exit'), sleep(60_000)]);
}
