import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { addProblemResponses, createValidatorCompiler, sendUnroutable } from '@juqueue/http';
import type { TypeBoxProvider, TypedFastify } from '@juqueue/http';
import { webSocketProtocol } from '../auth/bearer.ts';
import { HostAllowList } from '../auth/host-allow-list.ts';
import { RateLimit } from '../auth/rate-limit.ts';
import { addRequestGate } from '../auth/request-gate.ts';
import { addAccountingRoutes } from '../api/accounting-routes.ts';
import { addTimelineRoutes } from '../api/timeline-routes.ts';
import { addCleanRoutes } from '../api/clean-routes.ts';
import { addClusterRoutes } from '../api/cluster-routes.ts';
import { addDefinitionRoutes } from '../api/definition-routes.ts';
import { addEventRoutes } from '../api/event-routes.ts';
import { addEstimateRoutes } from '../api/estimate-routes.ts';
import { addExplainRoutes } from '../api/explain-routes.ts';
import { addFailureRoutes } from '../api/failure-routes.ts';
import { addImageRoutes } from '../api/image-routes.ts';
import { addLogRoutes } from '../api/log-routes.ts';
import { addNodeCommandRoutes } from '../api/node-command-routes.ts';
import { addNotificationRoutes } from '../api/notification-routes.ts';
import { addOverviewRoutes } from '../api/overview-routes.ts';
import { addRunCommandRoutes } from '../api/run-command-routes.ts';
import { addRunRoutes } from '../api/run-routes.ts';
import { addScriptRoutes } from '../api/script-routes.ts';
import { addTokenRoutes } from '../api/token-routes.ts';
import { addUsageRoutes } from '../api/usage-routes.ts';
import { addServerRoutes } from '../api/server-routes.ts';
import { addSiteAccountRoutes } from '../api/site-account-routes.ts';
import { addLiveRoutes } from '../live/live-routes.ts';
import { addMetricsRoute } from '../metrics/metrics-route.ts';
import { addOriginalRoutes } from '../original/original-routes.ts';
import { addEntityTags, addIdempotency } from './answer-again.ts';
import { addPublicPages } from './public-pages.ts';
import type { ServerContext } from './server-context.ts';
import { addSecurityHeaders } from './security-headers.ts';

export interface ServerAccess {
  /** Names besides the loopback ones that requests may give for this server. */
  readonly allowedHosts: readonly string[];
  /** Address of the TCP port. */
  readonly listen: string;
}

/** Slow senders must not hold sockets; answers that take long are streams and not limited by this. */
const requestTimeoutMs = 30_000;
const bodyLimitBytes = 1_048_576;
/** Ids in paths: `experiment@run`, each half up to 200 bytes, percent-encoded. */
const maxParamLength = 1500;

/** The whole HTTP interface as a fastify instance that listens nowhere yet. `extend` may hook in before any route. */
export async function buildServer(
  context: ServerContext,
  access: ServerAccess,
  folders: readonly string[],
  extend?: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 0,
    forceCloseConnections: true,
    routerOptions: { maxParamLength },
    frameworkErrors: sendUnroutable,
  });
  // Before the gate: the plugin closes the sockets of refused upgrades only when its own hook has seen them first.
  await app.register(websocket, { options: { maxPayload: 65_536, handleProtocols: chooseProtocol } });
  app.setValidatorCompiler(createValidatorCompiler());
  addSecurityHeaders(app);
  addRequestGate(app, {
    tokens: context.tokens,
    hosts: new HostAllowList(access.allowedHosts, access.listen),
    isReadOnly: context.isReadOnly,
    refusals: context.refusals,
    rates: { full: new RateLimit(context.clock), 'read-only': new RateLimit(context.clock) },
  });
  addProblemResponses(app, context.log, 'Details are in logs/juqueue.log of the work-dir.');
  await extend?.(app);

  await app.register(
    async (v1) => {
      addIdempotency(v1);
      addEntityTags(v1);
      const typed: TypedFastify = v1.withTypeProvider<TypeBoxProvider>();
      addOverviewRoutes(typed, context);
      addRunRoutes(typed, context);
      addRunCommandRoutes(typed, context);
      addCleanRoutes(typed, context);
      addFailureRoutes(typed, context);
      addLogRoutes(typed, context);
      addScriptRoutes(typed, context);
      addUsageRoutes(typed, context);
      addClusterRoutes(typed, context);
      addNodeCommandRoutes(typed, context);
      addExplainRoutes(typed, context);
      addEstimateRoutes(typed, context);
      addAccountingRoutes(typed, context);
      addTimelineRoutes(typed, context);
      addEventRoutes(typed, context);
      addImageRoutes(typed, context);
      addDefinitionRoutes(typed, context);
      addNotificationRoutes(typed, context);
      addSiteAccountRoutes(typed, context);
      addServerRoutes(typed, context);
      addTokenRoutes(typed, context);
    },
    { prefix: '/api/v1' },
  );
  await app.register(async (original) => addOriginalRoutes(original.withTypeProvider<TypeBoxProvider>(), context));
  addMetricsRoute(app.withTypeProvider<TypeBoxProvider>(), context);
  await app.register(async (live) => addLiveRoutes(live, context));
  await app.register(async (pages) => addPublicPages(pages, folders, context));
  return app;
}

/** Never answers with the protocol that carries the token. */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return offered.has(webSocketProtocol) ? webSocketProtocol : false;
}
