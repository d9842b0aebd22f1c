import type { Clock, Log } from '@juqueue/core';
import { Agents } from './agents/agents.ts';
import { decideLeaseEnd } from './decide/agent-decide.ts';
import { Dispatcher } from './jobs/dispatcher.ts';
import { Jobs } from './jobs/jobs.ts';
import type { RecordedChange } from './jobs/jobs.ts';
import { Leases } from './jobs/leases.ts';
import { News } from './jobs/news.ts';
import { JobLogs } from './logs/job-logs.ts';
import { MessageQueues } from './messages/message-queues.ts';
import type { MessageBacklog } from './messages/message-queues.ts';
import { EventPruner } from './jobs/event-pruner.ts';
import type { EventRetention } from './model/event-retention.ts';
import type { HubTimes } from './model/hub-times.ts';
import { isHeld } from './model/job.ts';
import type { JobState } from './model/job.ts';
import type { RedisPlace } from './redis/redis-address.ts';
import type { HubStore } from './store/hub-store.ts';
import type { AddressPolicy } from './addresses/address-policy.ts';
import { WebhookSender } from './webhooks/webhook-sender.ts';

export interface HubParts {
  readonly store: HubStore;
  readonly redis: RedisPlace;
  readonly logsFolder: string;
  readonly callbacks: AddressPolicy;
  readonly webhookKey: Buffer;
  /** Whether jobs are offered at all: false while the switch is closed. */
  readonly mayOffer: () => boolean;
  readonly clock: Clock;
  readonly times: HubTimes;
  readonly retention: EventRetention;
  readonly log: Log;
}

/** Idempotency keys are remembered for a week. */
const keysKeptMs = 7 * 24 * 3_600_000;

/** The hub without its interface: the record, what follows from it, and the messages that tell agents and others. */
export class Hub implements AsyncDisposable {
  readonly store: HubStore;
  readonly clock: Clock;
  readonly times: HubTimes;
  readonly jobs: Jobs;
  readonly agents: Agents;
  readonly leases: Leases;
  readonly dispatcher: Dispatcher;
  readonly messages: MessageQueues;
  readonly webhooks: WebhookSender;
  readonly logs: JobLogs;
  /** Told with every change of the record. */
  readonly news = new News();
  readonly #log: Log;
  readonly #pruner: EventPruner;
  #watch: NodeJS.Timeout | null = null;
  #refilling: Promise<void> | null = null;
  #isClosing = false;

  private constructor({ store, redis, logsFolder, callbacks, webhookKey, mayOffer, clock, times, retention, log }: HubParts) {
    this.store = store;
    this.clock = clock;
    this.times = times;
    this.#log = log;
    this.jobs = new Jobs(store, clock);
    this.agents = new Agents(store, clock);
    this.leases = new Leases(clock, times.leaseMs);
    this.webhooks = new WebhookSender(store, this.jobs, clock, callbacks, webhookKey);
    this.logs = new JobLogs(logsFolder);
    this.#pruner = new EventPruner(store, clock, retention, times.pruneMs, log);
    this.dispatcher = new Dispatcher(this.jobs, this.agents, clock, times, {
      mayOffer,
      send: (agent, job, attempt) => this.#send(this.messages.tell(agent, 'offer', job, attempt)),
    });
    this.messages = new MessageQueues(
      redis,
      times,
      {
        retry: async (job, attempt) => this.dispatcher.enqueue(job, attempt),
        webhook: (id, isLastTry) => this.webhooks.send(id, isLastTry),
      },
      log,
    );
    this.jobs.onRecorded((change) => this.#follow(change));
  }

  /** Reads the record, gives every held job a new lease, and fills the queues. */
  static async open(parts: HubParts): Promise<Hub> {
    const hub = new Hub(parts);
    await hub.store.write.call('forgetKeysBefore', parts.clock.nowMs() - keysKeptMs);
    await hub.jobs.load();
    await hub.agents.load(hub.jobs.open);
    for (const job of hub.jobs.open) hub.leases.note(job);
    await hub.messages.fill(await hub.#backlog());
    for (const job of hub.jobs.open) if (job.status === 'queued' && hub.#delayOf(job) <= 0) hub.#enqueue(job);
    hub.messages.onReconnected(() => hub.#refill());
    hub.#pruner.begin();
    hub.#watch = setInterval(() => hub.#lookAtTimes(), parts.times.watchMs);
    return hub;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    this.news.tell();
    await this.#pruner[Symbol.asyncDispose]();
    await this.messages[Symbol.asyncDispose]();
  }

  /** What others have to know of a change that is durable. */
  #follow({ records, state, webhooks }: RecordedChange): void {
    this.agents.note(state);
    this.leases.note(state);
    this.dispatcher.note(state);
    for (const { event } of records) {
      switch (event.kind) {
        case 'cancel-requested':
          if (state.attempt !== null) this.#send(this.messages.tell(state.attempt.agent, 'cancel', state.id, state.attempt.attempt));
          break;
        case 'buried':
          this.#send(this.messages.bury(state.id));
          break;
        case 'retried':
          this.#send(this.messages.unbury(state.id));
          break;
        case 'cancelled':
        case 'completed':
          if (state.attempts >= state.attemptsAllowed) this.#send(this.messages.unbury(state.id));
          break;
        case 'deleted':
          this.#send(this.logs.remove(state.id));
          break;
        default:
      }
    }
    if (state.status === 'queued' && records.at(-1)?.event.kind !== 'declined') this.#enqueue(state);
    for (const { id } of webhooks) this.#send(this.messages.webhook({ id, tries: 0 }));
    this.news.tell();
  }

  /** At once, or when the delay of its attempt is over. */
  #enqueue(job: JobState): void {
    const delayMs = this.#delayOf(job);
    if (delayMs <= 0) this.dispatcher.enqueue(job.id, job.attempts + 1);
    else this.#send(this.messages.retry({ job: job.id, attempt: job.attempts + 1, delayMs }));
  }

  /** Messages are sent behind the answer. One that fails is made good when Redis is there again. */
  #send(sending: Promise<void>): void {
    sending.catch((error: unknown) => {
      if (!this.#isClosing) this.#log.warn(`a message was not sent: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  #lookAtTimes(): void {
    // While nothing can be written agents cannot renew, and nothing would come of it.
    for (const id of this.store.trouble === null ? this.leases.ended() : []) {
      this.jobs
        .change(id, 'hub', (job) => decideLeaseEnd(job, this.clock.nowMs(), this.times))
        .catch((error: unknown) => this.#log.warn(`the end of the lease of ${id}: ${String(error)}`));
    }
    this.dispatcher.lapse();
  }

  #refill(): void {
    this.#log.warn('Redis is there again: its queues are filled from the record');
    this.#refilling ??= this.#backlog()
      .then((backlog) => this.messages.fill(backlog))
      .catch((error: unknown) => this.#log.warn(`the queues were not filled: ${String(error)}`))
      .finally(() => (this.#refilling = null));
  }

  async #backlog(): Promise<MessageBacklog> {
    const open = [...this.jobs.open];
    return {
      retries: open
        .filter((job) => job.status === 'queued' && this.#delayOf(job) > 0)
        .map((job) => ({ job: job.id, attempt: job.attempts + 1, delayMs: this.#delayOf(job) })),
      offers: this.dispatcher.offers,
      cancels: open.flatMap(({ id, status, attempt, cancelRequested }) =>
        isHeld(status) && attempt !== null && cancelRequested !== null ? [{ agent: attempt.agent, job: id, attempt: attempt.attempt }] : [],
      ),
      webhooks: await this.store.read.call('pendingWebhooks', undefined),
      dead: open.filter(({ status }) => status === 'dead').map(({ id }) => id),
    };
  }

  #delayOf({ notBeforeMs }: JobState): number {
    return notBeforeMs - this.clock.nowMs();
  }
}
