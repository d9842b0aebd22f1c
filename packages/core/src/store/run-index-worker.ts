import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Problem } from '../model/errors.ts';
import type { OpenIndex } from './run-index-worker-file.ts';
import type { IndexQuestion, RunIndexOpening, RunIndexReply, RunIndexRequest, RunIndexWorkerData } from './run-index-protocol.ts';
import { assert, assertNever } from '../model/assert.ts';
import { JuqueueError } from '../model/errors.ts';
import { answerQuestion, appliedSeq } from './run-index-questions.ts';
import { RunIndexRows } from './run-index-rows.ts';
import { emptyIndex, isDamage, messageOf, newIndex, openIndex, removeIndex } from './run-index-worker-file.ts';

type Changes = Extract<RunIndexRequest, { kind: 'apply' }>;

/** A full disk may get room at any time; meanwhile questions are answered with what is in memory or was written before. */
const retryMs = 1_000;

/**
 * The index's own thread, the only one that touches its file. Requests are served in their order; changes that wait are
 * put in one transaction, and questions see those before them.
 */
class RunIndexWorker {
  readonly #file: string | null;
  readonly #post: (reply: RunIndexReply) => void;
  #database: DatabaseSync;
  #rows: RunIndexRows;
  /** Not in the tables yet. */
  #waiting: Changes[] = [];
  /** In the tables, by a transaction that is still open. */
  #uncommitted: Changes[] = [];
  #trouble: string | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Whether what waits went into the tables the last time; a few changes do without any disk until they are committed. */
  #hasRoomForWaiting = true;
  /** Once the file is found damaged, nothing helps but a rebuild at the next start. */
  #isBroken = false;

  constructor(file: string | null, database: DatabaseSync, post: (reply: RunIndexReply) => void) {
    this.#file = file;
    this.#post = post;
    this.#database = database;
    this.#rows = new RunIndexRows(database);
  }

  take(request: RunIndexRequest): void {
    switch (request.kind) {
      case 'apply':
        if (!this.#isBroken) this.#waiting.push(request);
        return;
      case 'ask':
        return this.#ask(request.id, request.question);
      case 'reset':
        return this.#reset(request.id);
      case 'close':
        return this.#close(request.id);
      default:
        return assertNever(request);
    }
  }

  /** Puts all changes in place and ends the transaction. */
  settle(): void {
    if (this.#retry !== null || !this.#putWaiting() || this.#uncommitted.length === 0) return;
    try {
      this.#database.exec('COMMIT');
      this.#uncommitted = [];
      this.#tellTrouble(null);
    } catch (error) {
      this.#undo(error);
    }
  }

  /** Answers whether every change that came so far is in the tables. */
  #putWaiting(): boolean {
    if (this.#isBroken) return false;
    try {
      for (let changes = this.#waiting[0]; changes !== undefined; changes = this.#waiting[0]) {
        if (this.#uncommitted.length === 0) this.#database.exec('BEGIN');
        this.#uncommitted.push(changes);
        this.#waiting.shift();
        for (const change of changes.changes) this.#rows.put(change);
        if (changes.seq !== null)
          this.#database.prepare(`INSERT OR REPLACE INTO facts (name, value) VALUES ('applied-seq', ?)`).run(changes.seq);
      }
      this.#hasRoomForWaiting = true;
      return true;
    } catch (error) {
      this.#hasRoomForWaiting = false;
      this.#undo(error);
      return false;
    }
  }

  /** The transaction is gone; its changes are kept for another try, unless the file itself is what is wrong. */
  #undo(error: unknown): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#rows.forget();
    this.#waiting.unshift(...this.#uncommitted);
    this.#uncommitted = [];
    if (isDamage(error)) return this.#break(error);
    this.#tellTrouble(`The index of runs cannot be written: ${messageOf(error)}.`);
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.settle();
    }, retryMs);
  }

  #break(error: unknown): void {
    this.#isBroken = true;
    this.#waiting = [];
    this.#database.close();
    if (this.#file !== null) removeIndex(this.#file);
    this.#tellTrouble(`The index of runs is damaged (${messageOf(error)}); it is built anew at the next start.`);
  }

  #tellTrouble(sentence: string | null): void {
    if (this.#trouble === sentence) return;
    this.#trouble = sentence;
    this.#post({ kind: 'trouble', sentence });
  }

  #ask(id: number, question: IndexQuestion): void {
    if (this.#retry === null || this.#hasRoomForWaiting) this.#putWaiting();
    if (this.#isBroken) return this.#refuse(id);
    try {
      this.#post({ kind: 'answer', id, json: answerQuestion(this.#database, question) });
    } catch (error) {
      if (error instanceof JuqueueError) {
        this.#post({ kind: 'refused', id, problem: error.problem });
        return;
      }
      if (isDamage(error)) this.#break(error);
      this.#refuse(id, `The index of runs cannot answer: ${messageOf(error)}.`);
    }
  }

  #refuse(id: number, sentence = 'The index of runs has no answer.'): void {
    const problem: Problem = { code: 'JQ_STORE_UNAVAILABLE', message: this.#trouble ?? sentence, hint: null };
    this.#post({ kind: 'refused', id, problem });
  }

  #reset(id: number): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#waiting = [];
    this.#uncommitted = [];
    try {
      if (!this.#isBroken) this.#database.close();
      this.#isBroken = true;
      this.#database = this.#file === null ? emptyIndex(':memory:') : newIndex(this.#file);
      this.#rows = new RunIndexRows(this.#database);
      this.#isBroken = false;
      this.#tellTrouble(null);
      this.#post({ kind: 'answer', id, json: 'null' });
    } catch (error) {
      this.#tellTrouble(`The index of runs cannot be begun anew: ${messageOf(error)}.`);
      this.#refuse(id);
    }
  }

  #close(id: number): void {
    this.settle();
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (!this.#isBroken) this.#database.close();
    this.#post({ kind: 'answer', id, json: 'null' });
    parentPort?.close();
  }
}

const port = parentPort;
assert(port !== null, 'this file is started as a worker');
const data = workerData as RunIndexWorkerData;
const { database, notice }: OpenIndex = openIndex(data);
const worker = new RunIndexWorker(notice.kind === 'in-memory' ? null : data.file, database, (reply) => port.postMessage(reply));
port.postMessage({ notice, appliedSeq: appliedSeq(database) } satisfies RunIndexOpening);
port.on('message', (request: RunIndexRequest) => {
  worker.take(request);
  for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port))
    worker.take(more.message as RunIndexRequest);
  worker.settle();
});
