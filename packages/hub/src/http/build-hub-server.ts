import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { JuqueueError } from '@juqueue/core';
import type { Log } from '@juqueue/core';
import { addProblemResponses, createValidatorCompiler, sendUnroutable } from '@juqueue/http';
import type { TypeBoxProvider } from '@juqueue/http';
import { addAccessGate } from '../access/access-gate.ts';
import { addAccessRoutes } from '../access/access-routes.ts';
import type { Access } from '../access/access.ts';
import type { Hub } from '../hub.ts';
import { addArtifactRoutes } from '../artifacts/artifact-routes.ts';
import type { Artifacts } from '../artifacts/artifacts.ts';
import { addAgentRoutes } from './agent-routes.ts';
import { reachOfAgent, reachOfPerson } from './artifact-reach.ts';
import { addEventRoutes } from './event-routes.ts';
import { addJobRoutes } from './job-routes.ts';
import { addLogRoutes, addLogWriteRoutes } from './log-routes.ts';
import { addMetricsRoute } from './metrics-route.ts';
import { addOutputRoutes } from './output-routes.ts';
import { addOverviewRoutes } from './overview-routes.ts';
import type { HubIdentity } from './overview-routes.ts';
import { addPublicFiles } from './public-files.ts';
import { Streams } from './streams.ts';

export interface HubServerParts {
  readonly hub: Hub;
  readonly access: Access;
  readonly artifacts: Artifacts;
  readonly identity: HubIdentity;
  readonly log: Log;
}

export interface TlsFiles {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** A hundred files of 64 KiB in base64 would be more; larger things are artifacts. */
const bodyLimitBytes = 4 * 1_048_576;
/** A request may take as long as its file is large; a connection on which nothing comes and goes is closed. */
const idleConnectionMs = 120_000;
/** Ids and paths of files. */
const maxParamLength = 2_000;

/** The whole interface of a hub, listening nowhere yet. `extend` may hook in before any route. */
export async function buildHubServer(
  { hub, access, artifacts, identity, log }: HubServerParts,
  tls: TlsFiles | null,
  extend?: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> {
  const options = {
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: 0,
    connectionTimeout: idleConnectionMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength },
    frameworkErrors: sendUnroutable,
  } as const;
  const app: FastifyInstance =
    tls === null ? Fastify(options) : (Fastify({ ...options, https: { cert: tls.cert, key: tls.key } }) as unknown as FastifyInstance);
  // Before the gate: the plugin closes the sockets of refused upgrades only when its own hook has seen them first.
  await app.register(websocket, { options: { maxPayload: bodyLimitBytes } });
  app.setValidatorCompiler(createValidatorCompiler());
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });
  addAccessGate(app, access);
  addProblemResponses(app, log, 'Details are in the log of the hub.');
  const streams = new Streams();
  app.addHook('preClose', async () => streams.endAll());
  app.addHook('preHandler', async (request) => {
    const trouble = request.method === 'GET' || request.method === 'HEAD' ? null : hub.store.trouble;
    if (trouble !== null)
      throw new JuqueueError(
        'JQ_STORE_UNAVAILABLE',
        `The record of the hub cannot be written: ${trouble}.`,
        'This request was dropped; repeat it later.',
      );
  });
  await extend?.(app);

  await app.register(
    async (v1) => {
      const typed = v1.withTypeProvider<TypeBoxProvider>();
      addJobRoutes(typed, hub, access.killSwitch, artifacts);
      addLogRoutes(typed, hub, streams);
      addOutputRoutes(typed, hub);
      addEventRoutes(typed, hub, streams);
      addOverviewRoutes(typed, hub, access.killSwitch, identity);
      addAccessRoutes(typed, access, hub.clock);
      await addArtifactRoutes(typed, { artifacts, reachOf: reachOfPerson });
    },
    { prefix: '/api/v1' },
  );
  await app.register(
    async (agents) => {
      const typed = agents.withTypeProvider<TypeBoxProvider>();
      addAgentRoutes(typed, hub);
      addLogWriteRoutes(typed, hub);
      await agents.register(
        async (job) =>
          addArtifactRoutes(job.withTypeProvider<TypeBoxProvider>(), {
            artifacts,
            reachOf: (request) => reachOfAgent(hub, request),
            access: 'agent',
            operationPrefix: 'agent.',
          }),
        { prefix: '/jobs/:id/attempts/:attempt' },
      );
    },
    { prefix: '/agent/v1' },
  );
  addMetricsRoute(app.withTypeProvider<TypeBoxProvider>(), hub);
  await app.register(async (pages) => addPublicFiles(pages));

  const Status = Type.Object(
    { status: Type.Unsafe<'ok' | 'unavailable'>({ type: 'string', enum: ['ok', 'unavailable'] }) },
    { title: 'Status' },
  );
  app.get('/healthz', {
    config: { access: 'public' },
    schema: {
      operationId: 'healthz',
      tags: ['hub'],
      summary: 'Whether the hub can work; needs no key',
      security: [],
      response: { 200: Status, 503: Status },
    },
    handler: async (_request, reply) =>
      hub.store.trouble === null && hub.messages.isConnected ? { status: 'ok' } : reply.code(503).send({ status: 'unavailable' }),
  });
  return app;
}
