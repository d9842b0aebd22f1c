import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import type { AdapterContext } from '../adapter.ts';
import { ForeignLeases } from '../foreign-leases.ts';
import { refusalOf, takeLenientBodies } from '../requests.ts';
import { addEmx2ArtifactRoutes } from './artifact-routes.ts';
import { callerOf, checkProtocolHeaders, headerOf, isUuid } from './caller.ts';
import type { Caller } from './caller.ts';
import { addEmx2JobRoutes } from './job-routes.ts';
import { Emx2Jobs } from './jobs.ts';
import { addEmx2JobWriteRoutes } from './job-write-routes.ts';
import { apiVersion } from './protocol.ts';
import { addEmx2WorkerRoutes } from './worker-routes.ts';

const { STATUS_CODES } = process.getBuiltinModule('node:http');

declare module 'fastify' {
  interface FastifyRequest {
    emx2Caller: Caller | null;
  }
}

/** The HPC interface of EMX2: its daemons take jobs here, its users submit them. */
export function addEmx2(app: FastifyInstance, context: AdapterContext): void {
  takeLenientBodies(app);
  const leases = new ForeignLeases(context.hub, context.hub.times.workerPatienceMs);
  app.addHook('onClose', async () => leases.close());
  app.decorateRequest('emx2Caller', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-trace-id', headerOf(request, 'x-trace-id') ?? randomUUID()).header('x-emx2-api-version', apiVersion);
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, message } = refusalOf(error);
    const instance = `urn:request:${headerOf(request, 'x-request-id') ?? request.id}`;
    return reply
      .code(status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message, instance });
  });

  const options = { config: { access: 'own' }, schema: { hide: true } } as const;
  app.get('/api/hpc/health', options, async () => ({
    status: 'ok',
    api_version: apiVersion,
    hpc_enabled: !context.access.killSwitch.state.isClosed,
    hpc_initialized: true,
    worker_auth_mode: 'per-worker',
    credentials_key_configured: true,
    database: 'ok',
  }));
  void app.register(async (scope) => {
    scope.addHook('preHandler', async (request) => {
      checkProtocolHeaders(request);
      if (request.rawBody !== '' && request.body === undefined) throw new JuqueueError('JQ_BAD_REQUEST', 'The body is no JSON.');
      const { id } = request.params as { readonly id?: string };
      if (id !== undefined && request.routeOptions.url?.startsWith('/api/hpc/workers/') !== true && !isUuid(id))
        throw new JuqueueError('JQ_BAD_REQUEST', `'${id}' is not a UUID.`);
      const caller = await callerOf(context, request);
      context.access.killSwitch.check();
      if (caller.kind === 'worker') leases.heard(caller.name);
      request.emx2Caller = caller;
    });
    const jobs = new Emx2Jobs(context);
    addEmx2WorkerRoutes(scope, context);
    addEmx2JobRoutes(scope, context, jobs);
    addEmx2JobWriteRoutes(scope, context, jobs);
    addEmx2ArtifactRoutes(scope, context);
  });
}
