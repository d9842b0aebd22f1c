import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { JuqueueError } from '@juqueue/core';
import type { Log } from '@juqueue/core';
import { connectionOf } from './redis-address.ts';
import type { RedisPlace } from './redis-address.ts';

/** Debian and most others call it so; Valkey brings its own name. */
const programs = ['redis-server', 'valkey-server'];
const startMs = 15_000;
const restartPauseMs = 500;
const lookMs = 50;
const endLookMs = 100;
const asksBeforeKill = 20;
/** Paths of unix sockets are limited. */
const maxSocketPathBytes = 100;

/**
 * A redis-server of the hub's own in its data folder: reachable by a unix socket of ours with a password, everything on disk
 * before it answers. It is started again when it dies, replaced when an earlier hub left one, and ends with the hub.
 */
export class PrivateRedis implements AsyncDisposable {
  readonly place: RedisPlace;
  readonly #folder: string;
  readonly #config: string;
  readonly #log: Log;
  #process: ChildProcess | null = null;
  #restart: NodeJS.Timeout | undefined;
  #isClosing = false;

  private constructor(place: RedisPlace, folder: string, config: string, log: Log) {
    this.place = place;
    this.#folder = folder;
    this.#config = config;
    this.#log = log;
  }

  /** Throws JQ_REDIS_MISSING when there is no program, JQ_REDIS_UNAVAILABLE when it does not come up. */
  static async start(dataFolder: string, log: Log): Promise<PrivateRedis> {
    const folder = join(dataFolder, 'redis');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const socket = await socketPath(folder);
    const password = randomBytes(32).toString('base64url');
    const config = join(folder, 'redis.conf');
    await endServersIn(folder);
    await rm(socket, { force: true });
    await writeFile(config, configuration(folder, socket, password), { mode: 0o600 });
    await using parts = new AsyncDisposableStack();
    const redis = parts.use(new PrivateRedis({ path: socket, password }, folder, config, log));
    await redis.#spawn(programs);
    await redis.#untilReady();
    parts.move();
    return redis;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    const child = this.#process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(5_000, null, { ref: false }).then(() => child.kill('SIGKILL'))]);
    await ended;
  }

  async #spawn([program, ...others]: readonly string[]): Promise<void> {
    if (program === undefined) {
      throw new JuqueueError(
        'JQ_REDIS_MISSING',
        `There is no ${programs.join(' or ')} on PATH, expected one of them: the hub keeps its queues there.`,
        'Install it (Debian, Ubuntu: apt install redis-server; Fedora: dnf install valkey), or name a running one with --redis.',
      );
    }
    // By the folder that it works in the next hub knows it, from its first moment on.
    const child = spawn(program, [this.#config], { cwd: this.#folder, stdio: 'ignore', env: { PATH: process.env['PATH'], LANG: 'C' } });
    this.#process = child;
    child.once('exit', (code, signal) => {
      if (this.#isClosing) return;
      this.#log.warn(`${program} has ended (${signal ?? `exit code ${code}`}) and is started again`);
      this.#restart = setTimeout(
        () => void this.#spawn([program]).catch((error: unknown) => this.#log.warn(String(error))),
        restartPauseMs,
      );
    });
    const started = await new Promise<boolean>((resolve) => {
      child.once('spawn', () => resolve(true));
      child.once('error', () => resolve(false));
    });
    if (!started) await this.#spawn(others);
  }

  async #untilReady(): Promise<void> {
    const client = new Redis({ ...connectionOf(this.place), lazyConnect: true, retryStrategy: () => lookMs });
    client.on('error', () => undefined);
    try {
      const isReady = await Promise.race([
        client
          .connect()
          .catch(() => undefined)
          .then(() => client.ping())
          .then(() => true),
        sleep(startMs, false, { ref: false }),
      ]);
      if (!isReady)
        throw new JuqueueError(
          'JQ_REDIS_UNAVAILABLE',
          `The redis-server that was started with ${this.#config} does not answer after ${startMs / 1_000} s.`,
          'Its redis.log beside that file says what is wrong.',
        );
    } finally {
      client.disconnect();
    }
  }
}

function configuration(folder: string, socket: string, password: string): string {
  const settings: readonly (readonly string[])[] = [
    ['port', '0'],
    ['unixsocket', quoted(socket)],
    ['unixsocketperm', '700'],
    ['requirepass', password],
    ['dir', quoted(folder)],
    ['daemonize', 'no'],
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
    ['save', '""'],
    ['maxmemory-policy', 'noeviction'],
    ['logfile', 'redis.log'],
    ['loglevel', 'warning'],
  ];
  return settings.map((words) => `${words.join(' ')}\n`).join('');
}

/** Redis reads quoted values like C strings. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** In the data folder; where that path is too long, in a private folder for this data folder. */
async function socketPath(folder: string): Promise<string> {
  const near = join(folder, 'redis.sock');
  if (Buffer.byteLength(near) <= maxSocketPathBytes) return near;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const far = join(process.env['XDG_RUNTIME_DIR'] ?? join(tmpdir(), `juqueue-${process.getuid?.() ?? 0}`), `hub-${name}`);
  await mkdir(far, { recursive: true, mode: 0o700 });
  return join(far, 'redis.sock');
}

/** A hub that was killed leaves its redis-server behind, and one that was killed while it started perhaps another. */
async function endServersIn(folder: string): Promise<void> {
  const worksIn = await realpath(folder);
  for (let asks = 0; ; asks += 1) {
    const pids = await serversIn(worksIn);
    if (pids.length === 0) return;
    for (const pid of pids) endProcess(pid, asks < asksBeforeKill ? 'SIGTERM' : 'SIGKILL');
    await sleep(endLookMs);
  }
}

async function serversIn(folder: string): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 1);
  const are = await Promise.all(pids.map((pid) => isServerIn(pid, folder)));
  return pids.filter((_pid, index) => are[index]);
}

async function isServerIn(pid: number, folder: string): Promise<boolean> {
  if ((await readlink(`/proc/${pid}/cwd`).catch(() => '')) !== folder) return false;
  return /^(redis|valkey)-server/.test(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''));
}

function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
