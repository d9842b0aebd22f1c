import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { assert, linkKeyFileOf, workDirPaths } from '@juqueue/core';

/** What a NodeManager reads before it can do anything. */
export interface NodeStartFiles {
  readonly config: string;
  readonly linkKey: string;
  readonly environment: string;
}

export interface StartWorkerData {
  readonly role: 'start';
  readonly workDir: string;
  readonly configFile: string;
}

export type StartWorkerReply = { readonly kind: 'start-files'; readonly files: NodeStartFiles } | { readonly kind: 'addresses'; readonly json: string | null };

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
    },
  });
  port.on('message', () => reply({ kind: 'addresses', json: readOrNull(join(workDir, workDirPaths.addresses)) }));
}

/** Refuses a file that others can read or write: it holds a secret, or decides what is executed. */
function readPrivate(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const mode = fstatSync(fd).mode & 0o777;
    if ((mode & 0o077) !== 0) throw new Error(`${path} must be readable by its owner only (0600), it is 0${mode.toString(8)}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
