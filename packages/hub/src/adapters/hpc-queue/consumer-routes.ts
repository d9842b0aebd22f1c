import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { decideClaim, decideCompletion, decideInfrastructureError, decideStarted, holds } from '../../decide/agent-decide.ts';
import type { JobState } from '../../model/job.ts';
import type { AdapterContext } from '../adapter.ts';
import { ForeignLeases } from '../foreign-leases.ts';
import { bearerOf, objectOf, textOf, userByKey } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { Heartbeats } from './heartbeats.ts';
import { jobsQueue, queueMessage, resultsQueue } from './messages.ts';
import { ResultReaders } from './result-readers.ts';

/** Its readers call a consumer stale when it has told nothing for this long. */
const consumerPatienceMs = 1_800_000;
const mostMessages = 100;

interface QueueParams {
  readonly account: string;
  readonly queue: string;
}

/**
 * The pull protocol of the queues: its consumer takes jobs here and tells results, its laptops read results. The consumer
 * renews no lease, so its jobs are kept for it while it is heard: a long job runs once.
 */
export function addConsumerRoutes(app: FastifyInstance, context: AdapterContext): void {
  const { hub } = context;
  const leases = new ForeignLeases(hub, consumerPatienceMs);
  const heartbeats = new Heartbeats(context);
  const readers = new ResultReaders(context, heartbeats);
  app.addHook('onClose', async () => leases.close());
  const base = '/client/v4/accounts/:account/queues/:queue/messages';
  const options = { config: { access: 'own' }, schema: { hide: true } } as const;
  const userOf = (request: FastifyRequest): UserPrincipal => userByKey(context.access, request, bearerOf(request), 'editor');

  app.post<{ Params: QueueParams }>(`${base}/pull`, options, async (request) => {
    const user = userOf(request);
    const body = objectOf(request.body) ?? {};
    const batchSize = Math.max(1, Math.min(mostMessages, Number(body['batch_size'] ?? 10) || 10));
    const visibilityMs = Math.max(
      1_000,
      Math.min(43_200_000, Number(body['visibility_timeout_ms'] ?? body['visibility_timeout'] ?? 30_000) || 30_000),
    );
    const messages =
      request.params.queue === resultsQueue
        ? await readers.pull(user, batchSize, visibilityMs)
        : await claim(user, batchSize, request.params.queue);
    return envelope({ message_backlog_count: messages.length, messages });
  });

  app.post<{ Params: QueueParams }>(`${base}/ack`, options, async (request) => {
    const user = userOf(request);
    const { acks = [], retries = [] } = (objectOf(request.body) ?? {}) as {
      readonly acks?: readonly unknown[];
      readonly retries?: readonly unknown[];
    };
    const leasesOf = (list: readonly unknown[]): readonly string[] =>
      Array.isArray(list) ? list.flatMap((item: unknown) => textOf(objectOf(item)?.['lease_id']) ?? []) : [];
    if (request.params.queue === resultsQueue) await readers.acknowledge(user, leasesOf(acks), leasesOf(retries));
    else {
      leases.heard(consumerOf(user));
      // An acknowledged job without a result would be lost: its consumer could not tell it.
      for (const lease of leasesOf(acks)) await giveBack(user, lease, 'its consumer acknowledged it without telling a result');
      for (const lease of leasesOf(retries)) await giveBack(user, lease, 'its consumer asked for another try');
    }
    return envelope({ ackCount: leasesOf(acks).length, retryCount: leasesOf(retries).length, warnings: [] });
  });

  app.post<{ Params: QueueParams }>(base, options, async (request) => {
    const user = userOf(request);
    const event = objectOf(objectOf(request.body)?.['body']) ?? {};
    if (request.params.queue !== resultsQueue)
      throw new JuqueueError('JQ_BAD_REQUEST', `Messages are put into ${resultsQueue} only; jobs are submitted by POST /jobs.`);
    leases.heard(consumerOf(user));
    if (event['event_type'] === 'heartbeat') heartbeats.note(user, event);
    else await complete(user, event);
    return envelope({});
  });

  async function claim(user: UserPrincipal, most: number, queue: string): Promise<readonly object[]> {
    if (queue !== jobsQueue)
      throw new JuqueueError(
        'JQ_NOT_FOUND',
        `There is no queue ${queue}, expected ${jobsQueue} or ${resultsQueue}.`,
        `Set CF_JOBS_QUEUE_ID=${jobsQueue} and CF_RESULTS_QUEUE_ID=${resultsQueue}.`,
      );
    const consumer = consumerOf(user);
    leases.heard(consumer);
    context.access.killSwitch.check();
    const waiting = [...hub.jobs.open].filter((job) => isFor(job, user) && job.status === 'queued' && job.notBeforeMs <= hub.clock.nowMs());
    waiting.sort((a, b) => b.order.priority - a.order.priority || (a.id < b.id ? -1 : 1));
    const messages: object[] = [];
    for (const { id, attempts } of waiting) {
      if (messages.length >= most) break;
      if (hub.dispatcher.offeredTo(id) !== null) continue;
      const attempt = attempts + 1;
      const claimed = await hub.jobs
        .change(id, `agent:${consumer}`, (job) => decideClaim(job, attempt, consumer, hub.clock.nowMs(), hub.times))
        .catch((error: unknown) => ignore(error, 'JQ_ATTEMPT_OVER'));
      if (claimed === null || !holds(claimed, attempt, consumer)) continue;
      const started = await hub.jobs.change(id, `agent:${consumer}`, (job) =>
        decideStarted(job, attempt, consumer, { run: '', node: null, cluster: null, startedAtMs: hub.clock.nowMs() }),
      );
      const body = Buffer.from(JSON.stringify(queueMessage(started, await hub.jobs.definitionOf(id)))).toString('base64');
      messages.push({
        id,
        lease_id: `${id}.${attempt}`,
        attempts: attempt,
        timestamp_ms: started.launchedAtMs,
        metadata: { 'CF-Content-Type': 'json' },
        content_type: 'json',
        body,
      });
    }
    return messages;
  }

  async function complete(user: UserPrincipal, event: Readonly<Record<string, unknown>>): Promise<void> {
    const consumer = consumerOf(user);
    const id = textOf(event['job_id']) ?? '';
    const job = await hub.jobs.find(id);
    if (!isFor(job, user) || job.attempt?.agent !== consumer)
      throw new JuqueueError('JQ_JOB_NOT_FOUND', `There is no job ${id} that this consumer has.`);
    const exitCode = typeof event['exit_code'] === 'number' ? event['exit_code'] : null;
    const atMs = (value: unknown): number | null =>
      typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? Date.parse(value) : null;
    const { attempt, startedAtMs, place } = job.attempt;
    await hub.jobs.change(id, `agent:${consumer}`, (present) =>
      decideCompletion(present, attempt, consumer, {
        reason: 'exit',
        outcome: event['status'] === 'completed' && (exitCode ?? 0) === 0 ? 'finished' : 'failed',
        exitCode,
        signal: null,
        output: event['output'] ?? null,
        stdoutTail: String(event['stdout_tail'] ?? ''),
        stderrTail: String(event['stderr_tail'] ?? ''),
        outputArtifact: null,
        logArtifact: null,
        startedAtMs: atMs(event['started_at']) ?? startedAtMs,
        endedAtMs: atMs(event['finished_at']) ?? hub.clock.nowMs(),
        place: { cluster: place?.cluster ?? null, node: place?.node ?? null, run: textOf(event['result_pointer']) },
      }),
    );
  }

  async function giveBack(user: UserPrincipal, lease: string, why: string): Promise<void> {
    const consumer = consumerOf(user);
    const [id = '', attempt = ''] = lease.split('.');
    const job = hub.jobs.opened(id);
    if (job === null || !holds(job, Number(attempt), consumer)) return;
    await hub.jobs.change(id, `agent:${consumer}`, (present) =>
      holds(present, Number(attempt), consumer)
        ? decideInfrastructureError(present, Number(attempt), consumer, why, hub.clock.nowMs())
        : { kind: 'events', events: [] },
    );
  }
}

/** A consumer is known by whose key it has. */
function consumerOf({ name }: UserPrincipal): string {
  return `hpc-queue:${name}`;
}

function isFor(job: JobState, user: UserPrincipal): boolean {
  return job.order.queue === jobsQueue && (user.role === 'manager' || job.owner === user.name);
}

function envelope(result: object): object {
  return { success: true, errors: [], messages: [], result };
}

function ignore(error: unknown, code: string): null {
  if (error instanceof JuqueueError && error.problem.code === code) return null;
  throw error;
}
