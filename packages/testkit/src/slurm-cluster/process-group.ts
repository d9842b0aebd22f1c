import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, closeSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitUntil } from './wait-until.ts';
import { systemEnvironment } from './run-command.ts';

/** Killing and freezing take the kernel milliseconds; a process in uninterruptible sleep takes longer. */
const effectTimeLimitMs = 10_000;

/**
 * A folder of cgroup v2: all processes that are started in it and everything they ever start, daemonised or not.
 * It is found by its path alone, so another process can use it too.
 */
export interface ProcessGroup {
  readonly path: string;
  create(): void;
  exists(): boolean;
  /** All processes in it and below it, zombies not counted. */
  processIds(): readonly number[];
  /** Stops all of them without a signal: sockets stay open, nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** SIGKILLs all of them at once, frozen ones too, and waits until they are gone. */
  kill(): Promise<void>;
  /** Kills what is left and removes the folder. */
  remove(): Promise<void>;
  /** The group below this one. */
  child(name: string): ProcessGroup;
}

export function processGroup(path: string): ProcessGroup {
  const write = (file: string, value: string): void => writeFileSync(join(path, file), value);
  const reached = (line: string): Promise<true> =>
    waitUntil(`${path} is "${line}"`, effectTimeLimitMs, () => eventsOf(path).includes(line) || undefined);
  const group: ProcessGroup = {
    path,
    create: () => void mkdirSync(path, { recursive: true }),
    exists: () => existsSync(path),
    processIds: () => foldersBelow(path).flatMap(processesIn),
    freeze: async () => {
      write('cgroup.freeze', '1');
      await reached('frozen 1');
    },
    thaw: async () => {
      write('cgroup.freeze', '0');
      await reached('frozen 0');
    },
    kill: async () => {
      write('cgroup.kill', '1');
      await reached('populated 0');
    },
    remove: async () => {
      if (!group.exists()) return;
      await group.kill();
      for (const folder of foldersBelow(path)) rmdirSync(folder);
    },
    child: (name) => processGroup(join(path, name)),
  };
  return group;
}

/** Where this process may make groups, or why not: the cgroup v2 folder that it is itself in. */
export function processGroupBase(): { readonly kind: 'base'; readonly path: string } | { readonly kind: 'none'; readonly reason: string } {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const mountPoint = mounts.map((line) => line.split(' ')).find((fields) => fields[2] === 'cgroup2')?.[1];
  if (mountPoint === undefined) return { kind: 'none', reason: 'cgroup v2 is not mounted' };
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const path = join(mountPoint, own);
  const probe = join(path, `juqueue-probe-${process.pid}`);
  try {
    mkdirSync(probe);
    const canKill = existsSync(join(probe, 'cgroup.kill'));
    rmdirSync(probe);
    return canKill ? { kind: 'base', path } : { kind: 'none', reason: 'the kernel has no cgroup.kill (Linux 5.14)' };
  } catch (error) {
    return { kind: 'none', reason: `no cgroup can be made in ${path}: ${(error as Error).message}` };
  }
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output and error are appended to it. */
  readonly logFile: string;
}

/** Enters the group that `$0` names, then becomes the program: nothing of it ever runs outside. */
const enterAndExec = 'echo $$ >"$0" && exec "$@"';

/** Starts a program that puts itself into the background, and waits for that. Throws when it fails. */
export async function startDaemon(group: ProcessGroup, argv: readonly string[], options: StartOptions): Promise<void> {
  const child = spawnIn(group, argv, options);
  const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status ?? signal}; see ${options.logFile}`);
}

/** Starts a program that stays in the foreground; it outlives this process. */
export function startInBackground(group: ProcessGroup, argv: readonly string[], options: StartOptions): void {
  spawnIn(group, argv, options).unref();
}

function spawnIn(group: ProcessGroup, argv: readonly string[], { env, logFile }: StartOptions) {
  group.create();
  const log = openSync(logFile, 'a');
  try {
    return spawn('/bin/sh', ['-c', enterAndExec, join(group.path, 'cgroup.procs'), ...argv], {
      cwd: dirname(logFile),
      env: { ...systemEnvironment, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** Deepest first, the folder itself last: the order in which they can be removed. */
function foldersBelow(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...folders.flatMap((entry) => foldersBelow(join(path, entry.name))), path];
}

const processesIn = (path: string): readonly number[] =>
  readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);

const eventsOf = (path: string): readonly string[] => readFileSync(join(path, 'cgroup.events'), 'utf8').split('\n');
