import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
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

  /** One that nobody has started yet. */
  static async prepare(): Promise<HubProcess> {
    return new HubProcess(await freePort());
  }

  static async start(): Promise<HubProcess> {
    const hub = await HubProcess.prepare();
    await hub.start();
    return hub;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** All that work in its folder, whichever hub started them. */
  get redisPids(): readonly number[] {
    return redisPidsOf(this.folder);
  }

  get managerKey(): string {
    return readFileSync(join(this.folder, 'manager.key'), 'utf8').trim();
  }

  async start(): Promise<void> {
    const child = this.begin();
    const untilMs = performance.now() + startMs;
    while (!(await this.#isHealthy())) {
      if (child.exitCode !== null || performance.now() > untilMs)
        throw new Error(`the hub on ${this.folder} does not start (exit code ${child.exitCode})`);
      await sleep(lookMs);
    }
  }

  /** As `start`, but does not wait until it serves. */
  begin(): ChildProcess {
    const child = spawn(process.execPath, [juqueue, 'hub', '--data', this.folder, '--port', String(this.#port)], {
      stdio: ['ignore', 'ignore', process.env['HUB_LOG'] === undefined ? 'ignore' : 'inherit'],
    });
    this.#child = child;
    return child;
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
      if (answer !== null && answer.status < 500)
        throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
      await sleep(lookMs);
    }
  }

  /** SIGKILL; its Redis lives on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM; answers its exit code, null when it ended by the signal. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    await this.#end('SIGTERM');
    return child?.exitCode ?? null;
  }

  /** SIGKILL of its Redis, once there is one again after the last time. */
  async killRedis(): Promise<void> {
    while (this.redisPids.length === 0) await sleep(lookMs);
    for (const pid of this.redisPids) process.kill(pid, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child === null && this.redisPids.length > 0) await this.start();
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
    return fetch(`${this.url}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
  }
}

/** Every redis-server of the hubs on this data folder, whichever of them started it. */
export function redisPidsOf(dataFolder: string): readonly number[] {
  const folder = join(dataFolder, 'redis');
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => linkOf(`/proc/${pid}/cwd`) === folder && isRedis(pid));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function isRedis(pid: number): boolean {
  try {
    return /^(redis|valkey)-server/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
  } catch {
    return false;
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
