import type { FastifyInstance } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { decideCompletion } from '../../decide/agent-decide.ts';
import { decideCancel, decideDelete } from '../../decide/people-decide.ts';
import { isHeld } from '../../model/job.ts';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, submitFor, textOf } from '../requests.ts';
import { actorOfCaller, isUuid, requireCaller } from './caller.ts';
import type { Caller } from './caller.ts';
import { callerIn, conflict } from './jobs.ts';
import type { Emx2Jobs, KnownJob } from './jobs.ts';
import { emx2Status, emx2Statuses, iso, isTerminal, jobLinks, profileName } from './protocol.ts';
import type { Emx2Status } from './protocol.ts';
import { endedByWorker } from './worker-report.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const base = '/api/hpc/jobs';
const mostEvents = 1_000;

/** Jobs as people and daemons submit, list, cancel and delete them. */
export function addEmx2JobRoutes(app: FastifyInstance, context: AdapterContext, jobs: Emx2Jobs): void {
  const { hub } = context;

  app.post(base, options, async (request, reply) => {
    const caller = callerIn(request);
    requireCaller(caller, 'editor');
    if (caller.kind === 'worker')
      throw new JuqueueError('JQ_FORBIDDEN', 'A worker executes jobs; people submit them, with a key of the hub.');
    const body = objectOf(request.body) ?? {};
    const processor = textOf(body['processor']);
    if (processor === null) throw new JuqueueError('JQ_BAD_REQUEST', 'processor is required.');
    const timeout = body['timeout_seconds'];
    if (timeout !== undefined && timeout !== null && !(typeof timeout === 'number' && Number.isInteger(timeout) && timeout > 0))
      throw new JuqueueError('JQ_BAD_REQUEST', `timeout_seconds is ${String(timeout)}, expected a positive number.`);
    const inputs = inputsOf(body['inputs']);
    const { job } = await submitFor(context, caller.user, {
      queue: 'emx2',
      profile: profileName(processor, textOf(body['profile']) ?? 'default'),
      input: body['parameters'] ?? null,
      files: inputs.map(({ name, artifact }) => ({ kind: 'artifact', path: `input/${name}`, artifact, file: null })),
      ...(typeof timeout === 'number' ? { timeLimitMs: timeout * 1_000 } : {}),
      labels: { 'emx2.inputs': JSON.stringify(body['inputs'] ?? null) },
    });
    return reply.code(201).send({ id: job.id, status: 'PENDING', _links: jobLinks(job.id, 'PENDING') });
  });

  app.get(base, options, async (request, reply) => {
    const query = request.query as Readonly<Record<string, string | undefined>>;
    const status = emx2Statuses.find((each) => each === (query['status'] ?? 'PENDING'));
    if (status === undefined)
      throw new JuqueueError('JQ_BAD_REQUEST', `status is '${query['status']}', expected one of ${emx2Statuses.join(', ')}.`);
    const [limit, offset] = [numberOf(query['limit'], 100, 1_000), numberOf(query['offset'], 0, Number.MAX_SAFE_INTEGER)];
    const all = await jobs.list(callerIn(request), { status, processor: query['processor'] ?? null, profile: query['profile'] ?? null });
    const items: object[] = [];
    for (const job of all.slice(offset, offset + limit)) items.push(await jobs.view(job));
    reply.header('x-total-count', all.length);
    return { items, count: items.length, total_count: all.length, limit, offset, _links: { self: { href: base, method: 'GET' } } };
  });

  app.get<{ Params: { id: string } }>(`${base}/:id`, options, async (request) => {
    const caller = callerIn(request);
    const known = await jobs.find(request.params.id, caller);
    const { job } = known;
    // The worker that has it sees now that it is cancelled, and confirms nothing.
    if (caller.kind === 'worker' && job.cancelRequested !== null && isHeld(job.status) && job.attempt?.agent === caller.name)
      return jobs.view(await cancelHeld(known, caller));
    return jobs.view(known);
  });

  app.delete<{ Params: { id: string } }>(`${base}/:id`, options, async (request, reply) => {
    const caller = callerIn(request);
    requireCaller(caller, 'editor');
    const { job, status } = await jobs.find(request.params.id, caller);
    if (!isTerminal(status) || isHeld(job.status)) throw conflict(`Job ${job.id} is ${status}; cancel it first`);
    await hub.jobs.change(job.id, actorOfCaller(caller), decideDelete);
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>(`${base}/:id/cancel`, options, async (request) => {
    const caller = callerIn(request);
    requireCaller(caller, 'editor');
    return jobs.view(await cancel(await jobs.find(request.params.id, caller), caller));
  });

  app.get<{ Params: { id: string } }>(`${base}/:id/transitions`, options, async (request) => {
    const { job } = await jobs.find(request.params.id, callerIn(request));
    const { events } = await hub.store.read.call('eventsOfJob', { job: job.id, afterSeq: 0, limit: mostEvents });
    const note = await jobs.note(job.id);
    let from: Emx2Status | null = null;
    const items = events.flatMap(({ seq, atMs, actor, status, event }) => {
      if (event.kind === 'launched' || event.kind === 'declined' || event.kind === 'cancel-requested') return [];
      const to = emx2Status({ ...job, status, cancelRequested: null }, null);
      const progress = event.kind === 'progress' ? event.progress : { phase: null, message: null, fraction: null };
      const submitted = event.kind === 'started' && note?.submittedAtMs !== undefined && note.submittedAtMs !== null;
      const step = {
        id: String(seq),
        job_id: job.id,
        from_status: from,
        to_status: to,
        timestamp: iso(atMs),
        worker_id: actor.startsWith('agent:') ? actor.slice(6) : null,
        detail: isTerminal(to) ? (note?.detail ?? null) : null,
        phase: progress.phase,
        message: progress.message,
        progress: progress.fraction,
      };
      from = to;
      if (!submitted) return [step];
      // Between claim and start lies what only EMX2 has a word for.
      return [
        { ...step, id: `${seq}.0`, to_status: 'SUBMITTED', timestamp: iso(note.submittedAtMs), detail: note.slurmJobId },
        { ...step, from_status: 'SUBMITTED' },
      ];
    });
    return { items, count: items.length };
  });

  /** Whoever executes it sees it at its next look. A worker of EMX2 confirms nothing, so the job has ended with this. */
  async function cancel(known: KnownJob, caller: Caller): Promise<KnownJob> {
    const { job, status } = known;
    if (status === 'CANCELLED') return known;
    if (isTerminal(status)) throw conflict(`Cannot transition job ${job.id} from ${status} to CANCELLED`);
    const by = caller.kind === 'worker' ? caller.name : caller.user.name;
    await hub.jobs.change(job.id, actorOfCaller(caller), (present) => decideCancel(present, by, 'user-cancelled'));
    if (isHeld(job.status) && job.attempt !== null && (await jobs.worker(job.attempt.agent)) !== null) return cancelHeld(known, caller);
    return jobs.find(job.id, caller);
  }

  async function cancelHeld({ job }: KnownJob, caller: Caller): Promise<KnownJob> {
    const { attempt } = job;
    if (attempt !== null)
      await hub.jobs.change(job.id, actorOfCaller(caller), (present) =>
        decideCompletion(present, attempt.attempt, attempt.agent, endedByWorker(present, 'CANCELLED', null, null, null, hub.clock.nowMs())),
      );
    return jobs.find(job.id, caller);
  }
}

/** `["id"]`, `[{"artifact_id": "id"}]` or `{"name": "id"}`. */
function inputsOf(value: unknown): readonly { readonly name: string; readonly artifact: string }[] {
  if (value === undefined || value === null) return [];
  const named = Array.isArray(value)
    ? value.map((item: unknown) => {
        const artifact = typeof item === 'string' ? item : textOf(objectOf(item)?.['artifact_id']);
        return { name: artifact ?? '', artifact };
      })
    : Object.entries(objectOf(value) ?? {}).map(([name, item]) => ({
        name,
        artifact: typeof item === 'string' ? item : textOf(objectOf(item)?.['artifact_id']),
      }));
  return named.map(({ name, artifact }) => {
    if (artifact === null || !isUuid(artifact))
      throw new JuqueueError('JQ_BAD_REQUEST', `inputs: ${JSON.stringify(artifact ?? name)} is not the id of an artifact.`);
    return { name, artifact };
  });
}

function numberOf(text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,15}$/.test(text)) throw new JuqueueError('JQ_BAD_REQUEST', `'${text}' is not a number.`);
  return Math.min(most, Number(text));
}
