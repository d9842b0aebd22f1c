import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const juqueue = fileURLToPath(new URL('../../../cli/bin/juqueue.js', import.meta.url));
const startMs = 60_000;
const lookMs = 50;

/** `juqueue hub` as a process of its own on a folder and a port of its own, which may be killed and started again. */
export class HubProcess implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'juqueue-hub-'));
  readonly url: string;
  readonly #port: number;
  #child: ChildProcess | null = null;

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<HubProcess> {
    const hub = new HubProcess(await freePort());
    await hub.start();
    return hub;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** 0 while none has written it. */
  get redisPid(): number {
    const file = join(this.folder, 'redis/redis.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  }

  get managerKey(): string {
    return readFileSync(join(this.folder, 'manager.key'), 'utf8').trim();
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [juqueue, 'hub', '--data', this.folder, '--port', String(this.#port)], { stdio: ['ignore', 'ignore', process.env['HUB_LOG'] === undefined ? 'ignore' : 'inherit'] });
    this.#child = child;
    const untilMs = performance.now() + startMs;
    while (!(await this.#isHealthy())) {
      if (child.exitCode !== null || performance.now() > untilMs) throw new Error(`the hub on ${this.folder} does not start (exit code ${child.exitCode})`);
      await sleep(lookMs);
    }
  }

  /** Asks as the first manager until the hub answers. Throws its refusal. */
  async ask(method: string, path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const answer = await fetch(`${this.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.managerKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch(() => null);
      if (answer?.ok === true) return (await answer.json()) as Readonly<Record<string, unknown>>;
      if (answer !== null && answer.status < 500) throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
      await sleep(lookMs);
    }
  }

  /** SIGKILL; its Redis lives on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGKILL of its Redis, once there is one again after the last time. */
  async killRedis(): Promise<void> {
    while (!existsSync(`/proc/${this.redisPid}`)) await sleep(lookMs);
    process.kill(this.redisPid, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child === null) await this.start();
    await this.#end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async #isHealthy(): Promise<boolean> {
    return fetch(`${this.url}/healthz`).then((answer) => answer.ok, () => false);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
