import { hash } from 'node:crypto';
import { Type } from 'typebox';
import { JuqueueError } from '@juqueue/core';
import { ok, PageLimit, Problem, words } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { principalOf } from '../access/access-gate.ts';
import type { Artifacts } from '../artifacts/artifacts.ts';
import type { KillSwitch } from '../access/kill-switch.ts';
import { actorOf } from '../access/model.ts';
import type { Principal } from '../access/model.ts';
import { decideCancel, decideDelete, decideLaunch, decideRetry } from '../decide/people-decide.ts';
import type { Decision } from '../decide/decision.ts';
import type { Hub } from '../hub.ts';
import { readSubmission } from '../jobs/read-submission.ts';
import { isFinal, jobStatuses } from '../model/job.ts';
import type { JobState } from '../model/job.ts';
import { checkInputs, reachOfPerson } from './artifact-reach.ts';
import { jobSummary, jobView } from './job-view.ts';
import { JobPageSchema, JobParams, JobResultSchema, JobSchema, JobSummarySchema, Name, SubmitJobSchema } from './schemas/job-schemas.ts';

const SubmitQuery = Type.Object(
  { launch: Type.Optional(Type.Boolean({ description: 'False creates the job only; it is launched later.' })) },
  { additionalProperties: false },
);
const SubmitHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The same key with the same body is answered with the job that it made first.',
    }),
  ),
});
const ListQuery = Type.Object(
  {
    status: Type.Optional(Type.Array(words(jobStatuses), { maxItems: 8 })),
    queue: Type.Optional(Name),
    owner: Type.Optional(Type.String({ maxLength: 200, description: 'Managers only: the jobs of this person.' })),
    cursor: Type.Optional(Type.String({ maxLength: 100 })),
    limit: PageLimit,
  },
  { additionalProperties: false },
);
const CopyBody = Type.Object({ queue: Type.Optional(Name) }, { additionalProperties: false, title: 'CopyJob' });

/** Jobs as people submit, watch and end them. */
export function addJobRoutes(app: TypedFastify, hub: Hub, killSwitch: KillSwitch, artifacts: Artifacts): void {
  app.post('/jobs', {
    schema: {
      operationId: 'submitJob',
      tags: ['jobs'],
      summary: 'Submit a job; 200 with an earlier one when the idempotency key or the content is known',
      querystring: SubmitQuery,
      headers: SubmitHeaders,
      body: SubmitJobSchema,
      response: { 201: JobSchema, 200: JobSchema, '4xx': Problem, '5xx': Problem },
    },
    handler: async (request, reply) => {
      const user = principalOf(request);
      killSwitch.check();
      const { definition, order } = readSubmission(request.body, hub.webhooks.policy);
      if (request.query.launch !== false) await checkInputs(artifacts, definition, reachOfPerson(request));
      const key = request.headers['idempotency-key'];
      const { job, isNew } = await hub.jobs.submit({
        owner: user.name,
        actor: actorOf(user),
        definition,
        order,
        isDeduplicated: request.body.dedupe === 'content',
        isLaunched: request.query.launch !== false,
        idempotency:
          key === undefined ? null : { key, bodyHash: hash('sha256', JSON.stringify([request.query.launch !== false, request.body])) },
      });
      return reply.code(isNew ? 201 : 200).send(jobView(hub, job, isNew ? definition : await hub.jobs.definitionOf(job.id)));
    },
  });

  app.get('/jobs', {
    schema: {
      operationId: 'listJobs',
      tags: ['jobs'],
      summary: 'Your jobs, newest first; of everybody for managers',
      querystring: ListQuery,
      response: ok(JobPageSchema),
    },
    handler: async (request) => {
      const user = principalOf(request);
      const { status, queue, owner, cursor, limit = 200 } = request.query;
      if (cursor !== undefined && !cursorPattern.test(cursor))
        throw new JuqueueError(
          'JQ_BAD_CURSOR',
          `The cursor '${cursor}' is not one that this hub gave.`,
          'Start again from the first page.',
        );
      const whose = seesAll(user) ? (owner ?? null) : user.name;
      const jobs = await hub.store.read.call('listJobSummaries', {
        owner: whose,
        queue: queue ?? null,
        statuses: status ?? null,
        before: cursor ?? null,
        limit: limit + 1,
      });
      const page = jobs.slice(0, limit);
      return { jobs: page.map((job) => jobSummary(hub, job)), nextCursor: jobs.length > limit ? (page.at(-1)?.id ?? null) : null };
    },
  });

  app.get('/jobs/:id', {
    schema: { operationId: 'getJob', tags: ['jobs'], summary: 'One job with its definition', params: JobParams, response: ok(JobSchema) },
    handler: async (request) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      return jobView(hub, job, await hub.jobs.definitionOf(job.id));
    },
  });

  app.get('/jobs/:id/result', {
    schema: {
      operationId: 'getJobResult',
      tags: ['jobs'],
      summary: 'The result of a job that has ended; 409 before',
      params: JobParams,
      response: ok(JobResultSchema),
    },
    handler: async (request) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      if (job.result === null)
        throw new JuqueueError(
          'JQ_JOB_STATE',
          `Job ${job.id} is ${job.status} and has no result.`,
          isFinal(job.status) ? null : 'Wait for its end: GET /api/v1/events?waitMs=25000, or follow /api/v1/events/stream.',
        );
      return job.result;
    },
  });

  const changes = [
    ['launch', 'launchJob', 'Put a created job into the queue', () => decideLaunch],
    [
      'cancel',
      'cancelJob',
      'End a job; what an agent executes ends when the agent has heard of it',
      (user: Principal) => (job: JobState) => decideCancel(job, user.name, 'user-cancelled'),
    ],
    ['retry', 'retryJob', 'Give a dead job as many attempts again', () => decideRetry],
  ] as const satisfies readonly (readonly [string, string, string, (user: Principal) => (job: JobState) => Decision])[];
  for (const [verb, operationId, summary, decide] of changes) {
    app.post(`/jobs/:id/${verb}`, {
      schema: { operationId, tags: ['jobs'], summary, params: JobParams, response: ok(JobSummarySchema) },
      handler: async (request) => {
        const user = principalOf(request);
        const { id } = await findJob(hub, user, request.params.id);
        if (verb === 'launch') await checkInputs(artifacts, await hub.jobs.definitionOf(id), reachOfPerson(request));
        return jobSummary(hub, await hub.jobs.change(id, actorOf(user), decide(user)));
      },
    });
  }

  app.post('/jobs/:id/copy', {
    schema: {
      operationId: 'copyJob',
      tags: ['jobs'],
      summary: 'Submit the same once more, also into another queue',
      params: JobParams,
      body: CopyBody,
      response: { 201: JobSchema, '4xx': Problem, '5xx': Problem },
    },
    handler: async (request, reply) => {
      const user = principalOf(request);
      killSwitch.check();
      const original = await findJob(hub, user, request.params.id);
      const definition = await hub.jobs.definitionOf(original.id);
      await checkInputs(artifacts, definition, reachOfPerson(request));
      const order = { ...original.order, queue: request.body.queue ?? original.order.queue };
      const { job } = await hub.jobs.submit({
        owner: user.name,
        actor: actorOf(user),
        definition,
        order,
        isDeduplicated: false,
        isLaunched: true,
        idempotency: null,
      });
      return reply.code(201).send(jobView(hub, job, definition));
    },
  });

  app.delete('/jobs/:id', {
    schema: {
      operationId: 'deleteJob',
      tags: ['jobs'],
      summary: 'Remove a job that has ended, with its logs',
      params: JobParams,
      response: { 204: Type.Null(), '4xx': Problem, '5xx': Problem },
    },
    handler: async (request, reply) => {
      const user = principalOf(request);
      const { id } = await findJob(hub, user, request.params.id);
      await hub.jobs.change(id, actorOf(user), decideDelete);
      return reply.code(204).send(null);
    },
  });
}

const cursorPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws JQ_JOB_NOT_FOUND, also for the jobs of others: ids tell nothing. */
export async function findJob(hub: Hub, user: Principal, id: string): Promise<JobState> {
  const job = await hub.jobs.find(id);
  if (!seesAll(user) && user.name !== job.owner)
    throw new JuqueueError('JQ_JOB_NOT_FOUND', `There is no job ${id}.`, 'List jobs with `juqueue jobs` or GET /api/v1/jobs.');
  return job;
}

/** Managers see and change what others own. */
export function seesAll(user: Principal): boolean {
  return user.kind === 'user' && user.role === 'manager';
}
