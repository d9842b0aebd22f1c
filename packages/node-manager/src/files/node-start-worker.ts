import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { Processor } from '../launch/cpu-binding.ts';
import { parseCpuList } from '../launch/cpu-binding.ts';
import { assert, linkKeyFileOf, workDirPaths } from '@juqueue/core';

/** What a NodeManager reads before it can do anything. */
export interface NodeStartFiles {
  readonly config: string;
  readonly linkKey: string;
  readonly environment: string;
  /** Those that we may use; none where binding is not possible. */
  readonly processors: readonly Processor[];
}

export interface StartWorkerData {
  readonly role: 'start';
  readonly workDir: string;
  readonly configFile: string;
}

export type StartWorkerReply =
  { readonly kind: 'start-files'; readonly files: NodeStartFiles } | { readonly kind: 'addresses'; readonly json: string | null };

/** Reads the files of the start, then the manager's addresses whenever asked: a manager may move to another host. */
export function runStartWorker({ workDir, configFile }: StartWorkerData): void {
  assert(parentPort !== null, 'the start worker is a worker');
  const port = parentPort;
  const reply = (message: StartWorkerReply): void => port.postMessage(message);
  const config = readPrivate(configFile);
  reply({
    kind: 'start-files',
    files: {
      config,
      linkKey: readPrivate(linkKeyFileOf(config)),
      environment: readPrivate(join(workDir, workDirPaths.environment)),
      processors: readProcessors(),
    },
  });
  port.on('message', () => reply({ kind: 'addresses', json: readOrNull(join(workDir, workDirPaths.addresses)) }));
}

/** Refuses a file that others own, can read or can write: it holds a secret, or decides what is executed. */
function readPrivate(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { uid, mode: fullMode } = fstatSync(fd);
    if (uid !== process.geteuid?.()) throw new Error(`${path} must be our own file, it belongs to user ${uid}`);
    const mode = fullMode & 0o777;
    if ((mode & 0o077) !== 0) throw new Error(`${path} must be readable by its owner only (0600), it is 0${mode.toString(8)}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** By what the kernel says; empty where it does not, or where there is no taskset to bind with. */
function readProcessors(): readonly Processor[] {
  if (!['/usr/bin/taskset', '/bin/taskset'].some((file) => existsSync(file))) return [];
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(readOrNull('/proc/self/status') ?? '')?.[1] ?? '';
  return parseCpuList(allowed).map((cpu) => {
    const topology = (name: string): number =>
      Number(readOrNull(`/sys/devices/system/cpu/cpu${cpu}/topology/${name}`)?.trim() ?? Number.NaN);
    const core = topology('core_id');
    const socket = topology('physical_package_id');
    return { cpu, core: Number.isInteger(core) ? core : cpu, socket: Number.isInteger(socket) ? Math.max(socket, 0) : 0 };
  });
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
