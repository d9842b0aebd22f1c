import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { Nonce, SpoolRecord } from '@juqueue/core';
import { assert, decodeSealed, encodeHeartbeat, encodeSealed, encodeSpoolRecord, nodeFolder, nodeFolderFiles } from '@juqueue/core';
import type { StorageReport } from '../core/node-ports.ts';
import type { CallOf, ChannelPort, ChannelWorkerData } from './worker-messages.ts';

const { O_WRONLY, O_CREAT, O_APPEND, O_RDONLY, O_NOFOLLOW, O_TRUNC } = constants;

/** After a fault of the file system: soon enough for a lease of 90 s, seldom enough for a server in trouble. */
const retryMs = 2_000;

/**
 * The worker of the second channel. Its calls block, and may block for minutes: that is what it is a thread for. They are
 * done in order; spool records that arrived meanwhile are written together with one fsync.
 */
export function runChannelWorker({ workDir, allocation }: ChannelWorkerData): void {
  assert(parentPort !== null, 'the channel worker is a worker');
  const port = parentPort;
  const channel = new Channel(workDir, allocation, (report) => port.postMessage([report]));
  port.on('message', (calls: readonly CallOf<ChannelPort>[]) => calls.forEach((call) => channel.do(call)));
}

class Channel {
  readonly #workDir: string;
  readonly #allocation: string;
  readonly #report: (report: StorageReport) => void;
  #heartbeatFile: { readonly nonce: Nonce; readonly fd: number } | null = null;
  #unwritten: { readonly nonce: Nonce; readonly record: SpoolRecord }[] = [];
  #isAppendDue = false;
  /** Tries to come of calls that failed; a later call of the same kind takes their place. */
  readonly #again = new Map<CallOf<ChannelPort>[0], NodeJS.Timeout>();

  constructor(workDir: string, allocation: string, report: (report: StorageReport) => void) {
    this.#workDir = workDir;
    this.#allocation = allocation;
    this.#report = report;
  }

  do(call: CallOf<ChannelPort>): void {
    clearTimeout(this.#again.get(call[0]));
    try {
      this.#do(call);
    } catch (error) {
      if (!this.#isWorkDirThere()) this.#report({ kind: 'work-dir-gone' });
      else this.#failed(call, messageOf(error));
    }
  }

  #failed(call: CallOf<ChannelPort>, because: string): void {
    switch (call[0]) {
      case 'overwriteHeartbeat':
        return this.#report({ kind: 'overwrite-failed', nonce: call[1], because });
      // They say their thing once; without them the manager would wait for this channel for ever.
      case 'openFolder':
      case 'writeChallengeEcho':
      case 'writeFenceConfirmation':
        this.#again.set(
          call[0],
          setTimeout(() => this.do(call), retryMs),
        );
        return;
      // Orders are looked for again soon, and what is to be appended is kept.
      case 'readOrders':
      case 'append':
        process.stderr.write(`${call[0]}: ${because}\n`);
    }
  }

  #do(call: CallOf<ChannelPort>): void {
    switch (call[0]) {
      case 'openFolder':
        return this.#openFolder(call[1]);
      case 'overwriteHeartbeat':
        return this.#overwriteHeartbeat(call[1], call[2]);
      case 'append':
        return this.#append(call[1], call[2]);
      case 'readOrders':
        return this.#report({
          kind: 'orders-read',
          nonce: call[1],
          challenge: this.#read(call[1], nodeFolderFiles.challenge),
          fence: this.#read(call[1], nodeFolderFiles.fence),
        });
      case 'writeChallengeEcho':
        return this.#replace(call[1], nodeFolderFiles.challengeEcho, call[2]);
      case 'writeFenceConfirmation':
        return this.#replace(call[1], nodeFolderFiles.fenceConfirmation, call[2]);
    }
  }

  #openFolder(nonce: Nonce): void {
    mkdirSync(this.#path(nonce), { recursive: true, mode: 0o700 });
    if (this.#heartbeatFile !== null) closeSync(this.#heartbeatFile.fd);
    const fd = openSync(this.#path(nonce, nodeFolderFiles.heartbeat), O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600);
    this.#heartbeatFile = { nonce, fd };
    this.#report({ kind: 'folder-opened', nonce });
  }

  /** In place, and durable before it counts: a completed overwrite renews the lease. */
  #overwriteHeartbeat(nonce: Nonce, counter: number): void {
    if (this.#heartbeatFile?.nonce !== nonce) return;
    const { fd } = this.#heartbeatFile;
    writeSync(fd, encodeHeartbeat(counter), 0);
    fsyncSync(fd);
    // Of a folder that was deleted the open file lives on; such an overwrite is seen by nobody and must not count.
    statSync(this.#path(nonce, nodeFolderFiles.heartbeat));
    this.#report({ kind: 'heartbeat-overwritten', nonce, counter });
  }

  #append(nonce: Nonce, records: readonly SpoolRecord[]): void {
    for (const record of records) this.#unwritten.push({ nonce, record });
    if (this.#isAppendDue) return;
    this.#isAppendDue = true;
    setImmediate(() => this.#appendAll());
  }

  #appendAll(): void {
    const batch = this.#unwritten;
    const nonces = new Set(batch.map((entry) => entry.nonce));
    try {
      for (const nonce of nonces) {
        const records = batch.filter((entry) => entry.nonce === nonce).map((entry) => entry.record);
        this.#appendRecords(nonce, records);
        this.#unwritten = this.#unwritten.filter((entry) => entry.nonce !== nonce);
      }
      this.#isAppendDue = false;
    } catch {
      // A full disk or a quota: kept, and tried again until there is room. A record torn by it is harmless (see the spool).
      if (this.#isWorkDirThere()) setTimeout(() => this.#appendAll(), retryMs);
      else this.#report({ kind: 'work-dir-gone' });
    }
  }

  #appendRecords(nonce: Nonce, records: readonly SpoolRecord[]): void {
    const fd = openSync(this.#path(nonce, nodeFolderFiles.spool), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      writeFileSync(fd, records.map(encodeSpoolRecord).join(''));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    const attempts = records.flatMap((record) => (record.kind === 'ended' ? [{ run: record.run, attempt: record.attempt }] : []));
    this.#report({ kind: 'appended', nonce, attempts, isClosed: records.some((record) => record.kind === 'closed') });
  }

  /** Opened anew, so that a network file system asks its server; null when it is missing or torn. */
  #read(nonce: Nonce, name: string): string | null {
    try {
      const fd = openSync(this.#path(nonce, name), O_RDONLY | O_NOFOLLOW);
      try {
        return decodeSealed(readFileSync(fd, 'utf8'));
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  #replace(nonce: Nonce, name: string, content: string): void {
    const temporary = this.#path(nonce, `${name}.${process.pid}.new`);
    const fd = openSync(temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_TRUNC, 0o600);
    try {
      writeFileSync(fd, encodeSealed(content));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, this.#path(nonce, name));
  }

  #isWorkDirThere(): boolean {
    try {
      return statSync(join(this.#workDir, '.juqueue')).isDirectory();
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ENOENT';
    }
  }

  #path(nonce: Nonce, name = ''): string {
    return join(this.#workDir, nodeFolder(this.#allocation, nonce), name);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
