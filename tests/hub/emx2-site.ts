import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../../packages/client/src/index.ts';
import { nodeTransport } from '../../packages/client/src/node.ts';
import { serveAgent } from '../../packages/hub/src/agent/index.ts';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { RunningAgent } from './agent-site.ts';
import { Emx2Server } from './emx2-server.ts';
import type { ServerJob } from './emx2-server.ts';

/** An EMX2 server, a manager with a local cluster, and its agent as a worker of that server. */
export class Emx2Site implements AsyncDisposable {
  readonly server: Emx2Server;
  readonly folder: TestFolder;
  readonly manager: TestManager;
  readonly output: string[] = [];

  private constructor(server: Emx2Server, folder: TestFolder, manager: TestManager) {
    this.server = server;
    this.folder = folder;
    this.manager = manager;
  }

  /** `profiles` are lines below `profiles:`, `more` lines below `hub:`. */
  static async start(profiles: string, more = ''): Promise<Emx2Site> {
    const server = await Emx2Server.start();
    const folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 4 }\n',
      'experiments/none.yaml': 'name: none\nruns: []\n',
    });
    writeFileSync(join(folder.defDir, 'worker.secret'), `${server.secret}\n`, { mode: 0o600 });
    folder.define(
      'hub.yaml',
      `url: ${server.url}\nagent: login-node\nprotocol: emx2\nsecret_file: worker.secret\ncluster: local\nhost_users: [ada]\nroots: [${folder.path}]\n${more}profiles:\n${profiles}`,
    );
    return new Emx2Site(server, folder, await TestManager.start(folder));
  }

  serve(more: Partial<Parameters<typeof serveAgent>[0]> = {}): RunningAgent {
    const end = new AbortController();
    const done = serveAgent({
      version: '1.0.0',
      defDir: this.folder.defDir,
      workDir: this.folder.workDir,
      configFile: join(this.folder.defDir, 'hub.yaml'),
      connect: async () => {
        const { socketPath } = JSON.parse(this.folder.read('.juqueue/server.json')) as { socketPath: string };
        return new ApiClient(nodeTransport({ kind: 'socket', path: socketPath }), this.folder.read('.juqueue/token').trim());
      },
      isDraining: false,
      isOnce: false,
      isSimulated: false,
      env: {},
      log: (sentence) => void this.output.push(sentence),
      signal: end.signal,
      ...more,
    });
    done.catch((error: unknown) => void this.output.push(String(error)));
    return new RunningAgent(end, done);
  }

  /** The manager's own agent, a process of its own. */
  serveByManager(): void {
    const hub = readFileSync(join(this.folder.defDir, 'hub.yaml'), 'utf8').trim().split('\n');
    this.folder.define(
      'clusters.yaml',
      `local: { type: local, max_jobs: 1, num_slots: 4 }\nhub:\n${hub.map((line) => `  ${line}\n`).join('')}`,
    );
  }

  async until(what: string, holds: () => boolean, patienceMs = 90_000): Promise<void> {
    for (const untilMs = Date.now() + patienceMs; !holds(); await sleep(100)) {
      if (Date.now() > untilMs)
        throw new Error(
          `not within ${patienceMs} ms: ${what}\njobs: ${JSON.stringify([...this.server.jobs.values()])}\nrefusals: ${this.server.refusals.join('\n')}\nagent: ${this.output.join('\n')}\nmanager: ${this.manager.output}`,
        );
    }
  }

  ended(job: ServerJob): Promise<void> {
    return this.until(`${job.id} has ended`, () => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(job.status));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
