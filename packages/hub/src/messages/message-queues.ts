import { Queue, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import { Redis } from 'ioredis';
import type { Log } from '@juqueue/core';
import type { AgentMessage } from '../agent-protocol/messages.ts';
import type { HubTimes } from '../model/hub-times.ts';
import { connectionOf } from '../redis/redis-address.ts';
import type { RedisPlace } from '../redis/redis-address.ts';
import { AgentMailbox } from './agent-mailbox.ts';

/** A job whose next attempt has to wait. Named by job and attempt: said twice it is one message. */
export interface RetryMessage {
  readonly job: string;
  readonly attempt: number;
  readonly delayMs: number;
}

export interface WebhookMessage {
  readonly id: string;
  readonly tries: number;
}

export interface AgentAttempt {
  readonly agent: string;
  readonly job: string;
  readonly attempt: number;
}

/** What the messages mean to the rest of the hub. */
export interface MessageHandlers {
  /** The delay of the attempt is over. */
  retry(job: string, attempt: number): Promise<void>;
  /** Rejects when it is to be tried again. */
  webhook(id: string, isLastTry: boolean): Promise<void>;
}

/** All that waits, as the record has it. */
export interface MessageBacklog {
  readonly retries: readonly RetryMessage[];
  readonly offers: readonly AgentAttempt[];
  readonly cancels: readonly AgentAttempt[];
  readonly webhooks: readonly WebhookMessage[];
  readonly dead: readonly string[];
}

/** Tries of a webhook, the first included: with pauses that double from 5 s it is given up after three hours. */
export const webhookTries = 12;
const webhooksAtOnce = 16;
const retriesAtOnce = 64;
const prefix = 'juqueue';
const done = { removeOnComplete: true, removeOnFail: true } as const;

/**
 * The messages of the hub as BullMQ queues on Redis: `retry` (attempts that have to wait), `webhooks`, `dead`, and one for each agent. They carry no truth:
 * each is named by what it is about, saying it twice changes nothing, and all of them are filled anew from the record.
 */
export class MessageQueues implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #place: RedisPlace;
  readonly #times: HubTimes;
  readonly #log: Log;
  readonly #handlers: MessageHandlers;
  readonly #retry: Queue;
  readonly #webhooks: Queue;
  readonly #dead: Queue;
  readonly #workers: Worker[] = [];
  readonly #mailboxes = new Map<string, AgentMailbox>();

  constructor(place: RedisPlace, times: HubTimes, handlers: MessageHandlers, log: Log) {
    this.#place = place;
    this.#redis = new Redis(connectionOf(place));
    this.#redis.on('error', (error) => log.warn(`Redis: ${error.message}`));
    this.#times = times;
    this.#handlers = handlers;
    this.#log = log;
    this.#retry = this.#queue('retry');
    this.#webhooks = this.#queue('webhooks');
    this.#dead = this.#queue('dead');
  }

  /** Empties all queues, fills them with what waits, and begins to work on them. */
  async fill(backlog: MessageBacklog): Promise<void> {
    await this.#empty();
    await this.#retry.addBulk(backlog.retries.map((message) => this.#retryJob(message)));
    await this.#webhooks.addBulk(backlog.webhooks.map((message) => this.#webhookJob(message)));
    await this.#dead.addBulk(backlog.dead.map((job) => ({ name: 'dead', data: { job }, opts: { jobId: job } })));
    for (const { agent, job, attempt } of backlog.offers) await this.tell(agent, 'offer', job, attempt);
    for (const { agent, job, attempt } of backlog.cancels) await this.tell(agent, 'cancel', job, attempt);
    if (this.#workers.length > 0) return;
    this.#work('retry', retriesAtOnce, async (job) => this.#handlers.retry(job.data.job, job.data.attempt));
    this.#work('webhooks', webhooksAtOnce, async (job) =>
      this.#handlers.webhook(job.data.id, job.attemptsMade + 1 >= (job.opts.attempts ?? 1)),
    );
  }

  async retry(message: RetryMessage): Promise<void> {
    const { name, data, opts } = this.#retryJob(message);
    await this.#retry.add(name, data, opts);
  }

  async webhook(message: WebhookMessage): Promise<void> {
    const { name, data, opts } = this.#webhookJob(message);
    await this.#webhooks.add(name, data, opts);
  }

  async bury(job: string): Promise<void> {
    await this.#dead.add('dead', { job }, { jobId: job });
  }

  async unbury(job: string): Promise<void> {
    await this.#dead.remove(job);
  }

  /** Puts a message into the agent's queue and wakes its pull. */
  async tell(agent: string, kind: AgentMessage['kind'], job: string, attempt: number): Promise<void> {
    await this.mailbox(agent).put({ id: `${kind}.${job}.${attempt}`, kind, job, attempt });
  }

  mailbox(agent: string): AgentMailbox {
    const known = this.#mailboxes.get(agent);
    if (known !== undefined) return known;
    const mailbox = new AgentMailbox(this.#queue(`agent.${agent}`), this.#manualWorker(`agent.${agent}`));
    this.#mailboxes.set(agent, mailbox);
    return mailbox;
  }

  /** How many messages wait in each queue, those that are delayed and those being delivered included. */
  async lengths(): Promise<Readonly<Record<string, number>>> {
    const queues = [this.#retry, this.#webhooks, this.#dead, ...[...this.#mailboxes.values()].map(({ queue }) => queue)];
    const counts = await Promise.all(queues.map((queue) => queue.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active')));
    return Object.fromEntries(queues.map((queue, index) => [queue.name, counts[index] ?? 0]));
  }

  /** Whether Redis answers now. */
  get isConnected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** Told when Redis is there again after it had gone: what it knew may be lost. */
  onReconnected(listener: () => void): void {
    let wasReady = this.isConnected;
    this.#redis.on('ready', () => {
      if (wasReady) listener();
      wasReady = true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const mailbox of this.#mailboxes.values()) mailbox.close();
    await Promise.allSettled([
      ...this.#workers.map((worker) => worker.close(true)),
      ...[...this.#mailboxes.values()].map(({ worker }) => worker.close(true)),
    ]);
    const queues = [this.#retry, this.#webhooks, this.#dead, ...[...this.#mailboxes.values()].map(({ queue }) => queue)];
    await Promise.allSettled(queues.map((queue) => queue.close()));
    this.#redis.disconnect();
  }

  async #empty(): Promise<void> {
    for (const mailbox of this.#mailboxes.values()) mailbox.forget();
    let cursor = '0';
    do {
      const [next, keys] = await this.#redis.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', 1_000);
      if (keys.length > 0) await this.#redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  }

  #retryJob({ job, attempt, delayMs }: RetryMessage) {
    return { name: 'retry', data: { job, attempt }, opts: { ...done, jobId: `${job}.${attempt}`, delay: Math.max(0, delayMs) } };
  }

  #webhookJob({ id, tries }: WebhookMessage) {
    return {
      name: 'webhook',
      data: { id },
      opts: {
        ...done,
        jobId: id,
        attempts: Math.max(1, webhookTries - tries),
        backoff: { type: 'exponential', delay: this.#times.webhookRetryMs },
      },
    };
  }

  #queue(name: string): Queue {
    const queue = new Queue(name, { connection: this.#redis, prefix });
    queue.on('error', (error) => this.#log.warn(`queue ${name}: ${error.message}`));
    return queue;
  }

  #work(name: string, concurrency: number, act: (job: Job) => Promise<void>): void {
    const worker = new Worker(name, act, { connection: connectionOf(this.#place), prefix, concurrency, maxStalledCount: 1_000_000 });
    worker.on('error', (error) => this.#log.warn(`queue ${name}: ${error.message}`));
    this.#workers.push(worker);
  }

  /** Takes messages when an agent asks, and gives back to the queue what it does not acknowledge in time. */
  #manualWorker(name: string): Worker {
    const worker = new Worker(name, null, {
      connection: this.#redis,
      prefix,
      autorun: false,
      skipLockRenewal: true,
      lockDuration: this.#times.deliveryMs,
      stalledInterval: this.#times.deliveryMs,
      maxStalledCount: 1_000_000,
    });
    worker.on('error', (error) => this.#log.warn(`queue ${name}: ${error.message}`));
    void worker.startStalledCheckTimer().catch((error: unknown) => this.#log.warn(`queue ${name}: ${String(error)}`));
    return worker;
  }
}
