import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HubClient } from '../../packages/client/src/hub.ts';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { redisPidsOf } from '../../packages/testkit/src/hub/hub-process.ts';
import { agentProcesses, processesWith } from './agent-processes.ts';

const hubProgram = fileURLToPath(new URL('hub-process.ts', import.meta.url));
/** Short enough to lose some leases in a test, long enough to keep most. */
const times = { leaseMs: 20_000, fenceMs: 5_000, watchMs: 200, deliveryMs: 3_000, offerMs: 6_000 };

export const parts = ['agent', 'manager', 'node', 'hub', 'redis'] as const;
export type Part = (typeof parts)[number];

/** A hub with its Redis, a manager with its agent and nodes: processes that a test kills and that come back. */
export class KilledParts implements AsyncDisposable {
  readonly folder: TestFolder;
  readonly hubFolder: string;
  #hub: ChildProcess | null = null;
  #url = '';
  #manager: TestManager | null = null;

  private constructor(folder: TestFolder) {
    this.folder = folder;
    this.hubFolder = join(folder.path, 'hub');
  }

  static async start(): Promise<KilledParts> {
    const folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 2, num_slots: 4 }\n',
      'experiments/none.yaml': 'name: none\nruns: []\n',
    });
    const all = new KilledParts(folder);
    mkdirSync(all.hubFolder, { mode: 0o700 });
    await all.startHub();
    const client = all.client();
    await client.call('addUser', { body: { name: 'ada', role: 'editor' } });
    const { secret } = (await client.call('issueCredential', { path: { name: 'site' }, body: { label: 'test' } })) as { secret: string };
    const file = join(folder.defDir, 'hub.secret');
    writeFileSync(file, secret, { mode: 0o600 });
    folder.define(
      'clusters.yaml',
      `local: { type: local, max_jobs: 2, num_slots: 4 }\nhub:\n  url: ${all.#url}\n  agent: site\n  secret_file: ${file}\n  cluster: local\n  max_jobs: 16\n  host_users: [ada, manager]\n`,
    );
    await all.startManager();
    return all;
  }

  /** As the first manager of the hub. */
  client(): HubClient {
    return new HubClient({ url: this.#url, key: readFileSync(join(this.hubFolder, 'manager.key'), 'utf8').trim() });
  }

  async startHub(): Promise<void> {
    const port = this.#url === '' ? '0' : new URL(this.#url).port;
    const hub = spawn(process.execPath, [hubProgram, this.hubFolder, port, JSON.stringify(times)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#hub = hub;
    const [line] = (await Promise.race([once(createInterface({ input: hub.stdout }), 'line'), once(hub, 'exit').then(() => ['null'])])) as [
      string,
    ];
    const said = JSON.parse(line) as { url: string } | null;
    if (said === null) throw new Error('the hub does not start');
    this.#url = said.url;
  }

  async startManager(): Promise<void> {
    this.#manager = await TestManager.start(this.folder);
  }

  /** Kills a part with SIGKILL; what nobody else starts again is started again after a moment. */
  async kill(part: Part, pauseMs: number): Promise<void> {
    switch (part) {
      case 'agent':
        for (const pid of agentProcesses(this.folder.workDir)) kill(pid);
        return;
      case 'node':
        kill(processesWith(join(this.folder.workDir, '.juqueue/bin')).at(0) ?? nodeOf(this.folder.workDir));
        return;
      case 'redis':
        for (const pid of redisPidsOf(this.hubFolder)) kill(pid);
        return;
      case 'manager':
        await this.#manager?.end('SIGKILL');
        await sleep(pauseMs);
        return this.startManager();
      case 'hub':
        kill(this.#hub?.pid ?? null);
        if (this.#hub !== null && this.#hub.exitCode === null && this.#hub.signalCode === null) await once(this.#hub, 'exit');
        await sleep(pauseMs);
        return this.startHub();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#manager?.[Symbol.asyncDispose]();
    this.#hub?.kill('SIGTERM');
    if (this.#hub !== null && this.#hub.exitCode === null && this.#hub.signalCode === null)
      await Promise.race([once(this.#hub, 'exit'), sleep(10_000)]);
    this.#hub?.kill('SIGKILL');
    // A hub that was killed has left its Redis to the next one.
    for (const pid of redisPidsOf(this.hubFolder)) kill(pid);
    if (existsSync(this.folder.path)) this.folder[Symbol.dispose]();
  }
}

/** One NodeManager of this work-dir; null while there is none. */
function nodeOf(workDir: string): number | null {
  const pids = processesWith().filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes(`${workDir}/.juqueue/bin/`) || (line.includes('node-manager') && line.includes(workDir));
    } catch {
      return false;
    }
  });
  return pids[0] ?? null;
}

function kill(pid: number | null): void {
  if (pid === null) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}
