import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { sendFile } from '../../artifacts/send-file.ts';
import type { AdapterContext } from '../adapter.ts';
import { bearerOf, bytesOf, objectOf, refusalOf, takeLenientBodies, textOf, userByKey } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { baseOf, JobResults, reachOf } from './job-results.ts';
import { addLogRoutes } from './log-routes.ts';
import { finishedReason, outputName, stateView } from './job-view.ts';
import { addQueueSockets } from './queue-sockets.ts';
import { ComputeQueues, fileType } from './queues.ts';
import type { FoundJob } from './queues.ts';
import { inlineBytesOf, referencesOf } from './submission.ts';
import { workersOf } from './workers.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;

interface JobParams {
  readonly queue?: string;
  readonly id: string;
  readonly namespace?: string;
  readonly '*'?: string;
}

/** Queues by name, jobs by the hash of their definition, results that are there for whoever submits the same again. */
export function addComputeQueues(app: FastifyInstance, context: AdapterContext): void {
  takeLenientBodies(app);
  const queues = new ComputeQueues(context);
  const results = new JobResults(context);
  const sockets = addQueueSockets(app, context, queues, results);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-headers': 'authorization, content-type',
    });
    if (request.method === 'OPTIONS') return reply.code(204).send();
    return undefined;
  });
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = refusalOf(error);
    return reply.code(status).send({ error: message });
  });
  for (const path of ['/q/*', '/j/*', '/f/*']) app.options(path, options, async () => undefined);

  app.put<{ Params: { queue: string } }>('/q/:queue', options, async (request) => {
    const user = userByKey(context.access, request, bearerOf(request), 'editor');
    await queues.open(request.params.queue, user);
    return { queue: request.params.queue, owner: user.name };
  });
  app.delete<{ Params: { queue: string } }>('/q/:queue', options, async (request, reply) => {
    await queues.close(request.params.queue, userByKey(context.access, request, bearerOf(request), 'editor'));
    return reply.code(204).send();
  });

  for (const path of ['/q/:queue', '/q/:queue/j']) {
    app.post<{ Params: { queue: string } }>(path, options, async (request) => {
      const { queue } = request.params;
      const user = await queues.ownerOf(queue);
      return { success: true, jobId: await queues.submit(queue, user, objectOf(request.body) ?? {}, baseOf(request)) };
    });
    app.get<{ Params: { queue: string } }>(path, options, async (request) => {
      await queues.ownerOf(request.params.queue);
      const live = await queues.live(request.params.queue);
      return { data: Object.fromEntries(live.map(({ id, job, queued }) => [id, { hash: id, ...stateView(job, queued) }])) };
    });
  }

  for (const prefix of ['/q/:queue/j/:id', '/j/:id']) {
    app.get<{ Params: JobParams }>(prefix, options, async (request) => {
      const found = await theJob(request.params);
      return { data: { definition: found.queued.definition, results: await results.view(found, baseOf(request)) } };
    });
    app.get<{ Params: JobParams }>(`${prefix}/definition.json`, options, async (request) => ({
      data: (await theJob(request.params)).queued.definition,
    }));
    for (const name of ['result.json', 'results.json'])
      app.get<{ Params: JobParams }>(`${prefix}/${name}`, options, async (request) => ({
        data: await results.of(await theJob(request.params), baseOf(request)),
      }));
    app.get<{ Params: JobParams }>(`${prefix}/namespaces.json`, options, async (request) => ({
      data: (await theJob(request.params)).queued.namespaces,
    }));
    app.get<{ Params: JobParams }>(`${prefix}/history.json`, options, async (request) => {
      const { job } = await theJob(request.params);
      const { events } = await context.hub.store.read.call('eventsOfJob', { job: job.id, afterSeq: 0, limit: 1_000 });
      return { data: events.map(({ atMs, event, status }) => ({ time: atMs, event: event.kind, status })) };
    });
    app.get<{ Params: JobParams }>(`${prefix}/inputs/*`, options, async (request, reply) => {
      const { queued, job } = await theJob(request.params);
      const name = request.params['*'] ?? '';
      const reference = referencesOf(queued.definition, 'inputs').find((each) => each.name === name);
      if (reference === undefined) throw new JuqueueError('JQ_NOT_FOUND', `There is no input ${name}.`);
      const bytes = inlineBytesOf(reference);
      if (reference.type === 'url') return reply.redirect(String(reference.value), 302);
      if (bytes === null) return sendKey(request, reply, String(reference.value), job.owner);
      return reply
        .headers({ 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`, 'x-content-type-options': 'nosniff' })
        .type('application/octet-stream')
        .send(bytes);
    });
    app.get<{ Params: JobParams }>(`${prefix}/outputs/*`, { ...options, exposeHeadRoute: false }, async (request, reply) => {
      const { job } = await theJob(request.params);
      const name = request.params['*'] ?? '';
      const reach = reachOf(job.owner);
      const artifact = job.result?.outputArtifact ?? null;
      const file = (await results.outputs(artifact, reach)).find(({ path }) => outputName(path) === name);
      if (file === undefined || artifact === null) throw new JuqueueError('JQ_NOT_FOUND', `There is no output ${name}.`);
      const open = await context.artifacts.file(artifact, file.path, reach);
      return sendFile(request, reply, open, (range) => context.artifacts.read(open, range));
    });
    app.post<{ Params: JobParams }>(`${prefix}/copy`, options, async (request) => {
      const { queued } = await theJob(request.params);
      const { queue, control } = objectOf(request.body) ?? {};
      const target = textOf(queue) ?? '';
      const id = await queues.submit(
        target,
        await queues.ownerOf(target),
        { definition: queued.definition, control: control ?? {} },
        baseOf(request),
      );
      return { success: true, jobId: id };
    });
  }

  for (const path of ['/q/:queue/j/:id/cancel', '/q/:queue/j/:id/:namespace/cancel']) {
    app.post<{ Params: JobParams; Querystring: { namespace?: string } }>(path, options, async (request) => {
      const { queue = '', id, namespace = request.query.namespace ?? '_' } = request.params;
      await queues.ownerOf(queue);
      const outcome = await queues.cancel(queue, id, namespace);
      return outcome === 'cancelled' ? { success: true, jobId: id, namespace } : { message: outcome };
    });
  }

  for (const path of ['/q/:queue/status', '/:queue/status']) {
    app.get<{ Params: { queue: string } }>(path, options, async (request) => {
      const { queue } = request.params;
      await queues.ownerOf(queue);
      const live = await queues.live(queue);
      const workers = workersOf(context);
      const jobs = live.map(({ id, job, queued }) => [id, stateView(job, queued)] as const);
      return {
        jobs: Object.fromEntries(jobs),
        otherServers: {},
        localWorkers: Object.fromEntries(workers.map((worker) => [worker.id, worker])),
        clientCount: sockets.count(queue),
        queueInfo: {
          address: queue,
          jobCount: live.length,
          queueLength: outstanding(live),
          localWorkerCount: workers.length,
          otherWorkerCount: 0,
          clientCount: sockets.count(queue),
        },
      };
    });
  }
  for (const path of ['/q/:queue/metrics', '/:queue/metrics']) {
    app.get<{ Params: { queue: string } }>(path, options, async (request, reply) => {
      await queues.ownerOf(request.params.queue);
      const text = `\n# HELP queue_length The number of outstanding jobs in the queue\n# TYPE queue_length gauge\nqueue_length ${outstanding(await queues.live(request.params.queue))}\n`;
      return reply.type('text/plain; charset=utf-8').send(text);
    });
  }

  app.put<{ Params: { '*': string } }>('/f/*', options, async (request) => {
    const { artifacts } = context;
    const reach = reachOf((await sender(request)).name);
    const name = request.params['*'];
    const { id } = await artifacts.create({ name, type: fileType, residence: { kind: 'hub' }, metadata: {} }, reach);
    await artifacts.putFile(
      id,
      'file',
      bytesOf(request),
      { contentType: request.headers['content-type'] ?? 'application/octet-stream', expectedSha256: null },
      reach,
    );
    await artifacts.commit(id, { sha256: null, sizeBytes: null }, reach);
    return { success: true, key: name };
  });
  app.get<{ Params: { '*': string } }>('/f/*', { ...options, exposeHeadRoute: false }, async (request, reply) => {
    const path = request.params['*'];
    const { name } = await sender(request);
    if (!path.endsWith('/exists')) return sendKey(request, reply, path, name);
    const [artifact] = await context.artifacts.list(
      { name: path.slice(0, -'/exists'.length), type: fileType, job: null, beforeId: null, limit: 1 },
      reachOf(name),
    );
    return reply.code(artifact === undefined ? 404 : 200).send({ exists: artifact !== undefined });
  });

  // As older clients ask where a file is: the address serves PUT and GET.
  for (const [path, type] of [
    ['/upload/:key', 'key'],
    ['/download/:key', 'url'],
  ] as const) {
    app.get<{ Params: { key: string }; Querystring: { queue?: string } }>(path, options, async (request) => {
      await sender(request);
      const { key } = request.params;
      const { queue } = request.query;
      const url = `${baseOf(request)}/f/${encodeURIComponent(key)}${queue === undefined ? '' : `?queue=${encodeURIComponent(queue)}`}`;
      return { url, ref: { value: type === 'key' ? key : url, type } };
    });
  }

  addLogRoutes(app, context, (params) => theJob(params));

  /** Whose file it is: who shows a key of the hub, the owner of the open queue that is named, or of all queues that are open. */
  async function sender(request: FastifyRequest): Promise<UserPrincipal> {
    const { queue } = request.query as { readonly queue?: string };
    if (queue !== undefined) return queues.ownerOf(queue);
    const key = bearerOf(request);
    return (key === undefined ? await queues.onlyOwner() : null) ?? userByKey(context.access, request, key, 'editor');
  }

  /** Throws the 404 that its clients know. Its hash is what proves the right to read it, the queue's name that to change it. */
  async function theJob({ queue, id: name }: JobParams): Promise<FoundJob> {
    const id = name.replace(/\.json$/, '');
    const found = queue === undefined ? await queues.findAnywhere(id) : await queues.ownerOf(queue).then(() => queues.find(queue, id));
    if (found === null) throw new JuqueueError('JQ_JOB_NOT_FOUND', 'Job not found');
    return found;
  }

  async function sendKey(request: FastifyRequest, reply: FastifyReply, key: string, owner: string): Promise<FastifyReply> {
    const reach = reachOf(owner);
    const [artifact] = await context.artifacts.list({ name: key, type: fileType, job: null, beforeId: null, limit: 1 }, reach);
    if (artifact === undefined) throw new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `There is no file ${key}.`);
    const open = await context.artifacts.file(artifact.id, 'file', reach);
    return sendFile(request, reply, open, (range) => context.artifacts.read(open, range));
  }
}

function outstanding(live: readonly FoundJob[]): number {
  return live.filter(({ job }) => finishedReason(job) === null).length;
}
