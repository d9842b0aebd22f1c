import type { AttemptName, Nonce, SpoolRecord } from '@juqueue/core';
import { decodeSealed, encodeHeartbeat, encodeSealed, encodeSpoolRecord, nodeFolder, nodeFolderFiles } from '@juqueue/core';
import type { Conclusion, NodeStorage, StorageReport } from '@juqueue/node-manager';
import { noLastWords, seenOutcome } from '@juqueue/node-manager';
import type { DiskCall, DiskClient, DiskView } from './shared-disk.ts';
import { DiskWorker } from './shared-disk.ts';
import type { SimProcess } from './sim-process.ts';
import type { Truth } from './truth.ts';

/** As the real worker. */
const retryMs = 2_000;

/** A node's files, with the rules of the real workers: one thread for its folder, one for the files of its runs. */
export class SimStorage implements NodeStorage {
  readonly #process: SimProcess;
  readonly #node: string;
  readonly #channel: DiskWorker;
  readonly #runs: DiskWorker;
  readonly #truth: Truth;
  readonly #report: (report: StorageReport) => void;
  #opened: Nonce | null = null;
  #unwritten: { readonly nonce: Nonce; readonly record: SpoolRecord }[] = [];
  #isAppendDue = false;
  /** What each file is to say. */
  readonly #newest = new Map<string, string>();

  constructor(process: SimProcess, node: string, disk: DiskClient, truth: Truth, report: (report: StorageReport) => void) {
    this.#process = process;
    this.#node = node;
    this.#channel = new DiskWorker(process, disk);
    this.#runs = new DiskWorker(process, disk);
    this.#truth = truth;
    this.#report = report;
  }

  openFolder(nonce: Nonce): void {
    this.#call({ name: 'open the folder', kind: 'write', run: () => undefined }, (isDone) => {
      if (!isDone) {
        this.#process.after(retryMs, () => this.openFolder(nonce));
        return;
      }
      this.#opened = nonce;
      this.#report({ kind: 'folder-opened', nonce });
    });
  }

  overwriteHeartbeat(nonce: Nonce, counter: number): void {
    if (this.#opened !== nonce) return;
    const run = (view: DiskView): void => view.put(this.#path(nonce, nodeFolderFiles.heartbeat), encodeHeartbeat(counter));
    this.#call({ name: 'overwrite the heartbeat', kind: 'overwrite', run }, (isDone) =>
      this.#report(isDone ? { kind: 'heartbeat-overwritten', nonce, counter } : { kind: 'overwrite-failed', nonce, because: 'EIO' }),
    );
  }

  append(nonce: Nonce, records: readonly SpoolRecord[]): void {
    for (const record of records) this.#unwritten.push({ nonce, record });
    if (this.#isAppendDue) return;
    this.#isAppendDue = true;
    this.#appendAll();
  }

  readOrders(nonce: Nonce): void {
    const read = (view: DiskView, name: string): string | null => {
      const sealed = view.read(this.#path(nonce, name));
      return sealed === null ? null : decodeSealed(sealed);
    };
    const run = (view: DiskView): { challenge: string | null; fence: string | null } => ({
      challenge: read(view, nodeFolderFiles.challenge),
      fence: read(view, nodeFolderFiles.fence),
    });
    this.#channel.do({ name: 'read orders', kind: 'read', run }, (answer) => {
      if (answer.kind === 'done') this.#report({ kind: 'orders-read', nonce, ...answer.value });
    });
  }

  writeChallengeEcho(nonce: Nonce, challenge: string): void {
    this.#replace(nonce, nodeFolderFiles.challengeEcho, challenge);
  }

  writeFenceConfirmation(nonce: Nonce, confirmation: string): void {
    this.#replace(nonce, nodeFolderFiles.fenceConfirmation, confirmation);
  }

  watch(): void {}

  conclude(conclusion: Conclusion): void {
    const { run, attempt, exit, stopCause } = conclusion;
    const outcome = seenOutcome(exit, conclusion, stopCause, noLastWords);
    this.#runs.do({ name: 'look at what a run left', kind: 'read', run: () => undefined }, () =>
      this.#report({ kind: 'concluded', run, attempt, outcome }),
    );
  }

  #appendAll(): void {
    const batch = this.#unwritten;
    const nonces = [...new Set(batch.map((entry) => entry.nonce))];
    const run = (view: DiskView): void => {
      for (const { nonce, record } of batch) {
        view.append(this.#path(nonce, nodeFolderFiles.spool), encodeSpoolRecord(record));
        if (record.kind === 'ended') this.#truth.spooled(this.#node, nonce, record);
      }
    };
    this.#call({ name: 'append to the spool', kind: 'write', run }, (isDone) => {
      if (!isDone) {
        this.#process.after(retryMs, () => this.#appendAll());
        return;
      }
      this.#unwritten = this.#unwritten.slice(batch.length);
      this.#isAppendDue = false;
      for (const nonce of nonces) {
        const records = batch.filter((entry) => entry.nonce === nonce).map((entry) => entry.record);
        const attempts: AttemptName[] = records.flatMap((record) =>
          record.kind === 'ended' ? [{ run: record.run, attempt: record.attempt }] : [],
        );
        this.#report({ kind: 'appended', nonce, attempts, isClosed: records.some((record) => record.kind === 'closed') });
      }
      if (this.#unwritten.length > 0 && !this.#isAppendDue) {
        this.#isAppendDue = true;
        this.#appendAll();
      }
    });
  }

  #replace(nonce: Nonce, name: string, content: string): void {
    this.#newest.set(name, content);
    this.#call(
      { name: `write ${name}`, kind: 'write', run: (view) => view.put(this.#path(nonce, name), encodeSealed(content)) },
      (isDone) => {
        if (!isDone) this.#process.after(retryMs, () => this.#newest.get(name) === content && this.#replace(nonce, name, content));
      },
    );
  }

  #call(call: DiskCall<void>, answered: (isDone: boolean) => void): void {
    this.#process.act(call.name, () => this.#channel.do(call, (answer) => answered(answer.kind === 'done')));
  }

  #path(nonce: Nonce, name: string): string {
    return `${nodeFolder(this.#node, nonce)}/${name}`;
  }
}
