import { Type } from 'typebox';
import { Problem } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';

/** Where Prometheus expects it; like everything with data it needs the token. */
export function addMetricsRoute(app: TypedFastify, { metrics, engine, clock, identity }: ServerContext): void {
  app.get('/metrics', {
    schema: {
      operationId: 'getMetrics',
      tags: ['server'],
      summary: 'Figures in the text format of Prometheus; measuring the event loop begins with the first question',
      response: { 200: Type.String(), '4xx': Problem, '5xx': Problem },
    },
    handler: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text(engine, clock, identity.version)),
  });
}
