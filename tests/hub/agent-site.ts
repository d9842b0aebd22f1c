import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../../packages/client/src/index.ts';
import { nodeTransport } from '../../packages/client/src/node.ts';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { serveAgent } from '../../packages/hub/src/agent/index.ts';
import type { AdapterName, HubTimes, Job } from '../../packages/hub/src/index.ts';
import type { Ask } from '../../packages/hub/test/test-hub.ts';
import { TestHub } from '../../packages/hub/test/test-hub.ts';

export interface SiteWishes {
  readonly times?: Partial<HubTimes>;
  /** Further lines below `hub:`. */
  readonly hub?: string;
  readonly slots?: number;
  readonly adapters?: readonly AdapterName[];
  /** What manager and nodes have in their environment besides that of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A hub, a manager with a local cluster, and agents between the two: all real, all of the test. */
export class AgentSite implements AsyncDisposable {
  readonly hub: TestHub;
  readonly folder: TestFolder;
  readonly ask: Ask;
  readonly ada: Ask;
  manager: TestManager;
  readonly output: string[] = [];
  readonly #stack: AsyncDisposableStack;

  private constructor(hub: TestHub, folder: TestFolder, manager: TestManager, ask: Ask, ada: Ask, stack: AsyncDisposableStack) {
    this.hub = hub;
    this.folder = folder;
    this.manager = manager;
    this.ask = ask;
    this.ada = ada;
    this.#stack = stack;
  }

  static async start({ times = {}, hub: lines = '', slots = 4, adapters = [], env = {} }: SiteWishes = {}): Promise<AgentSite> {
    await using stack = new AsyncDisposableStack();
    const hub = stack.use(await TestHub.start({ times: { watchMs: 100, ...times }, adapters }));
    const folder = stack.use(
      new TestFolder({
        'clusters.yaml': `local: { type: local, max_jobs: 2, num_slots: ${slots} }\n`,
        'experiments/none.yaml': 'name: none\nruns: []\n',
      }),
    );
    const ask = await hub.asManager();
    const ada = await hub.person('ada', 'editor');
    const secret = join(folder.defDir, 'hub.secret');
    await writeFile(secret, `${await hub.credential('site')}\n`, { mode: 0o600 });
    folder.define('hub.yaml', `url: ${hub.url}\nagent: site\nsecret_file: ${secret}\ncluster: local\n${lines}`);
    const manager = await TestManager.start(folder, [], { ...process.env, ...env });
    const site = new AgentSite(hub, folder, manager, ask, ada, stack.move());
    return site;
  }

  /** An agent of this process. */
  serve(more: Partial<Parameters<typeof serveAgent>[0]> = {}): RunningAgent {
    const end = new AbortController();
    const done = serveAgent({
      version: '1.0.0',
      defDir: this.folder.defDir,
      workDir: this.folder.workDir,
      configFile: join(this.folder.defDir, 'hub.yaml'),
      connect: async () => this.client(),
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

  /** The manager's own agent. */
  serveByManager(): void {
    const hub = readFileSync(join(this.folder.defDir, 'hub.yaml'), 'utf8').trim().split('\n');
    this.folder.define(
      'clusters.yaml',
      `${readFileSync(join(this.folder.defDir, 'clusters.yaml'), 'utf8')}hub:\n${hub.map((line) => `  ${line}\n`).join('')}`,
    );
  }

  client(): ApiClient {
    const { socketPath } = JSON.parse(this.folder.read('.juqueue/server.json')) as { socketPath: string };
    return new ApiClient(nodeTransport({ kind: 'socket', path: socketPath }), this.folder.read('.juqueue/token').trim());
  }

  /** The id of a new job. */
  async submit(body: object, who: Ask = this.ada): Promise<string> {
    const answer = await who('POST', '/jobs', body);
    if (answer.status >= 300) throw new Error(`refused: ${JSON.stringify(answer.body)}`);
    return String(answer.body['id']);
  }

  async job(id: string): Promise<Job> {
    return (await this.ask('GET', `/jobs/${id}`)).body as unknown as Job;
  }

  async until(id: string, holds: (job: Job) => boolean, patienceMs = 60_000): Promise<Job> {
    for (const untilMs = Date.now() + patienceMs; ; await sleep(100)) {
      const job = await this.job(id);
      if (holds(job)) return job;
      if (Date.now() > untilMs)
        throw new Error(
          `not within ${patienceMs} ms: ${JSON.stringify(job)}\nagent: ${this.output.join('\n')}\nmanager: ${this.manager.output}`,
        );
    }
  }

  ended(id: string, patienceMs?: number): Promise<Job> {
    return this.until(id, ({ status }) => ['finished', 'failed', 'cancelled', 'dead'].includes(status), patienceMs);
  }

  async log(id: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<string> {
    return String((await this.ask('GET', `/jobs/${id}/logs?stream=${stream}`)).body['text']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}

/** Ends when it is disposed of; jobs go on. */
export class RunningAgent implements AsyncDisposable {
  readonly #end: AbortController;
  readonly done: Promise<void>;

  constructor(end: AbortController, done: Promise<void>) {
    this.#end = end;
    this.done = done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.done.catch(() => undefined);
  }
}

/** A host job that executes this line of shell. */
export function shell(line: string, more: object = {}): object {
  return { command: { kind: 'argv', argv: ['sh', '-c', line] }, ...more };
}
