import { randomUUIDv7 } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, submitFor, userByKey } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { jobsQueue, readProducerJob, submittedJob } from './messages.ts';

/** Who has this `x-api-key`. */
export function producerUser(context: AdapterContext, request: FastifyRequest): UserPrincipal {
  const key = request.headers['x-api-key'];
  return userByKey(context.access, request, typeof key === 'string' ? key : undefined, 'editor');
}

/** `GET /health` and `POST /jobs` as the producer has them; every route needs the key. */
export function addProducerRoutes(app: FastifyInstance, context: AdapterContext): void {
  const config = { access: 'own' } as const;
  const schema = { hide: true };

  app.get('/health', { config, schema }, async (request) => {
    producerUser(context, request);
    return { ok: true, service: 'hpc-queue-producer' };
  });

  app.post('/jobs', { config, schema }, async (request, reply) => {
    const user = producerUser(context, request);
    const body = objectOf(request.body);
    if (body === null) return reply.code(400).send({ error: 'invalid_json' });
    const job = readProducerJob(body);
    if (job === null) return reply.code(400).send({ error: 'task is required' });
    const id = randomUUIDv7();
    try {
      await submitFor(context, user, submittedJob(id, job), { id });
    } catch (error) {
      if (!(error instanceof JuqueueError) || error.problem.code !== 'JQ_BUSY') throw error;
      return reply.code(429).header('retry-after', '2').send({ error: 'enqueue_rate_limited', detail: error.message });
    }
    return reply.code(202).send({ status: 'queued', job_id: id, queue: jobsQueue });
  });
}
