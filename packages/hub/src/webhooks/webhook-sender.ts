import { createHmac } from 'node:crypto';
import type { Clock } from '@juqueue/core';
import type { JobCallback, JobState } from '../model/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { WebhookView } from '../store/store-shapes.ts';
import type { AddressPolicy } from '../addresses/address-policy.ts';
import { addressObjection } from '../addresses/address-policy.ts';
import { post } from './post.ts';

/**
 * Calls those who want to know. Each body is signed: `juqueue-signature: t=<seconds>,v1=<hex>` is the HMAC-SHA256 of
 * `<seconds>.<body>` with the secret of the job's owner.
 */
export class WebhookSender {
  readonly #store: HubStore;
  readonly #jobs: Jobs;
  readonly #clock: Clock;
  readonly #policy: AddressPolicy;
  readonly #key: Buffer;

  constructor(store: HubStore, jobs: Jobs, clock: Clock, policy: AddressPolicy, key: Buffer) {
    this.#store = store;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#policy = policy;
    this.#key = key;
  }

  get policy(): AddressPolicy {
    return this.#policy;
  }

  /** With what the bodies for this person are signed. */
  secretOf(owner: string): string {
    return createHmac('sha256', this.#key).update(`webhooks ${owner}`).digest('hex');
  }

  /** One try. Rejects when it failed and is to be repeated; the last one is given up. */
  async send(id: string, isLastTry: boolean): Promise<void> {
    const webhook = await this.#store.read.call('webhook', id);
    if (webhook === null || webhook.state !== 'pending') return;
    const job = await this.#jobs.find(webhook.job);
    const callback = job.order.callbacks[webhook.callback];
    if (callback === undefined) return;
    try {
      const objection = addressObjection(callback.url, this.#policy);
      if (objection !== null) throw new Error(objection);
      const body = JSON.stringify(webhookBody(webhook, job, callback));
      const seconds = Math.floor(this.#clock.nowMs() / 1_000);
      const signature = createHmac('sha256', this.secretOf(job.owner)).update(`${seconds}.${body}`).digest('hex');
      await post(
        callback.url,
        body,
        { 'juqueue-event': webhook.occasion, 'juqueue-delivery': id, 'juqueue-signature': `t=${seconds},v1=${signature}` },
        this.#policy,
      );
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.#store.write.call('webhookTried', { id, state: isLastTry ? 'given-up' : 'pending', error: message });
      throw error;
    }
    await this.#store.write.call('webhookTried', { id, state: 'delivered', error: null });
  }
}

function webhookBody({ id, occasion, atMs }: WebhookView, job: JobState, { payload, fields = {} }: JobCallback) {
  const { status, reason, attempts, result, order } = job;
  return {
    delivery: id,
    event: occasion,
    atMs,
    job: job.id,
    queue: order.queue,
    name: order.name,
    labels: order.labels,
    status,
    reason,
    attempts,
    exitCode: result?.exitCode ?? null,
    payload,
    ...fields,
  };
}
