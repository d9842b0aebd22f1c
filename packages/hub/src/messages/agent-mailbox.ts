import type { Job, Queue, Worker } from 'bullmq';
import type { AgentMessage } from '../agent-protocol/messages.ts';
import { News } from '../jobs/news.ts';

/** Deliveries are this hub's; BullMQ wants to know which consumer holds a message. */
const token = 'hub';

/** The messages for one agent: put by the hub, taken by the agent's long poll, gone with its acknowledgement. */
export class AgentMailbox {
  readonly queue: Queue;
  readonly worker: Worker;
  readonly #delivered = new Map<string, Job>();
  readonly #news = new News();
  #isClosed = false;

  constructor(queue: Queue, worker: Worker) {
    this.queue = queue;
    this.worker = worker;
    worker.on('stalled', () => this.#news.tell());
  }

  async put(message: AgentMessage): Promise<void> {
    await this.queue.add(message.kind, message, { jobId: message.id, removeOnComplete: true, removeOnFail: true });
    this.#news.tell();
  }

  /** Up to `max` messages; waits for the first one until the time is over or the signal is given. */
  async take(max: number, waitMs: number, signal: AbortSignal): Promise<readonly AgentMessage[]> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      const news = this.#news.next(untilMs - performance.now(), signal);
      const messages = await this.#takeNow(max);
      if (messages.length > 0 || performance.now() >= untilMs || signal.aborted || this.#isClosed) {
        news.stop();
        return messages;
      }
      await news.promise;
    }
  }

  /** Takes messages out for good. What is not known here was delivered before a restart, and has been filled anew if it still holds. */
  async acknowledge(ids: readonly string[]): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        const job = this.#delivered.get(id);
        this.#delivered.delete(id);
        // Its lock may have ended, and the message be on its way once more: that delivery will be acknowledged too.
        await job?.moveToCompleted('', token, false).catch(() => undefined);
      }),
    );
  }

  /** Nothing that was delivered before counts: the queue is filled anew. */
  forget(): void {
    this.#delivered.clear();
  }

  close(): void {
    this.#isClosed = true;
    this.#news.tell();
  }

  async #takeNow(max: number): Promise<readonly AgentMessage[]> {
    const messages: AgentMessage[] = [];
    while (messages.length < max) {
      const job = await this.worker.getNextJob(token, { block: false });
      if (job === undefined) break;
      const message: AgentMessage = job.data;
      this.#delivered.set(message.id, job);
      messages.push(message);
    }
    return messages;
  }
}
