import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
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
const triesBeforeKill = 20;
/** Paths of unix sockets are limited. */
const maxSocketPathBytes = 100;

/**
 * A redis-server of the hub's own in its data folder: reachable by a unix socket of ours with a password, everything on disk
 * before it answers. It is started again when it dies, replaced when an earlier hub left one, and ends with the hub.
 */
export class PrivateRedis implements AsyncDisposable {
  readonly place: RedisPlace;
  readonly #config: string;
  readonly #pidFile: string;
  readonly #log: Log;
  #process: ChildProcess | null = null;
  #isClosing = false;

  private constructor(place: RedisPlace, config: string, pidFile: string, log: Log) {
    this.place = place;
    this.#config = config;
    this.#pidFile = pidFile;
    this.#log = log;
  }

  /** Throws JQ_REDIS_MISSING when there is no program, JQ_REDIS_UNAVAILABLE when it does not come up. */
  static async start(dataFolder: string, log: Log): Promise<PrivateRedis> {
    const folder = join(dataFolder, 'redis');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const socket = await socketPath(folder);
    const password = randomBytes(32).toString('base64url');
    const config = join(folder, 'redis.conf');
    const pidFile = join(folder, 'redis.pid');
    await endLeftOver(pidFile, folder);
    await rm(socket, { force: true });
    await writeFile(config, configuration(folder, socket, password, pidFile), { mode: 0o600 });
    const redis = new PrivateRedis({ path: socket, password }, config, pidFile, log);
    await redis.#spawn(programs);
    await redis.#untilReady();
    return redis;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(5_000, null, { ref: false }).then(() => child.kill('SIGKILL'))]);
    await ended;
    await rm(this.#pidFile, { force: true });
  }

  async #spawn([program, ...others]: readonly string[]): Promise<void> {
    if (program === undefined) {
      throw new JuqueueError('JQ_REDIS_MISSING', `There is no ${programs.join(' or ')} on PATH, expected one of them: the hub keeps its queues there.`, 'Install it (Debian, Ubuntu: apt install redis-server; Fedora: dnf install valkey), or name a running one with --redis.');
    }
    const child = spawn(program, [this.#config], { stdio: 'ignore', env: { PATH: process.env['PATH'], LANG: 'C' } });
    const started = await new Promise<boolean>((resolve) => {
      child.once('spawn', () => resolve(true));
      child.once('error', () => resolve(false));
    });
    if (!started) return this.#spawn(others);
    this.#process = child;
    child.once('exit', (code, signal) => {
      if (this.#isClosing) return;
      this.#log.warn(`${program} has ended (${signal ?? `exit code ${code}`}) and is started again`);
      setTimeout(() => void this.#spawn([program]).catch((error: unknown) => this.#log.warn(String(error))), restartPauseMs);
    });
  }

  async #untilReady(): Promise<void> {
    const client = new Redis({ ...connectionOf(this.place), lazyConnect: true, retryStrategy: () => lookMs });
    client.on('error', () => undefined);
    try {
      const isReady = await Promise.race([client.connect().catch(() => undefined).then(() => client.ping()).then(() => true), sleep(startMs, false, { ref: false })]);
      if (!isReady) throw new JuqueueError('JQ_REDIS_UNAVAILABLE', `The redis-server that was started with ${this.#config} does not answer after ${startMs / 1_000} s.`, 'Its redis.log beside that file says what is wrong.');
    } finally {
      client.disconnect();
    }
  }
}

function configuration(folder: string, socket: string, password: string, pidFile: string): string {
  const settings: readonly (readonly string[])[] = [
    ['port', '0'],
    ['unixsocket', quoted(socket)],
    ['unixsocketperm', '700'],
    ['requirepass', password],
    ['dir', quoted(folder)],
    ['pidfile', quoted(pidFile)],
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

/** A hub that was killed leaves its redis-server behind. Its process is known by its name and the folder that it works in. */
async function endLeftOver(pidFile: string, folder: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 1) return;
  const worksIn = await realpath(folder);
  for (let tries = 0; await isOurs(pid, worksIn); tries += 1) {
    process.kill(pid, tries < triesBeforeKill ? 'SIGTERM' : 'SIGKILL');
    await sleep(lookMs * 2);
  }
  await rm(pidFile, { force: true });
}

async function isOurs(pid: number, folder: string): Promise<boolean> {
  const [name, worksIn] = await Promise.all([readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''), readlink(`/proc/${pid}/cwd`).catch(() => '')]);
  return /^(redis|valkey)-server/.test(name) && worksIn === folder;
}
