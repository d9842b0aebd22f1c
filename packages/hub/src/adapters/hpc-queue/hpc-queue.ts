import type { FastifyInstance } from 'fastify';
import type { AdapterContext } from '../adapter.ts';
import { refusalOf, takeLenientBodies } from '../requests.ts';
import { addConsumerRoutes } from './consumer-routes.ts';
import { addGrabRoutes } from './grab-routes.ts';
import { addProducerRoutes } from './producer-routes.ts';

/** hpc_queue: its producer, the queues that its consumer and its laptops pull from, and the relay of files. */
export function addHpcQueue(app: FastifyInstance, context: AdapterContext): void {
  takeLenientBodies(app);
  app.setErrorHandler((error, request, reply) => {
    const { status, message } = refusalOf(error);
    if (request.url.startsWith('/client/v4/'))
      return reply.code(status).send({ success: false, errors: [{ code: status, message }], messages: [], result: null });
    const words: Readonly<Record<number, string>> = {
      401: 'unauthorized',
      403: 'forbidden',
      404: 'not_found',
      413: 'too_large',
      429: 'enqueue_rate_limited',
      503: 'unavailable',
    };
    if (status === 429) reply.header('retry-after', '2');
    return reply.code(status).send({
      error: words[status] ?? (status >= 500 ? 'enqueue_failed' : 'invalid_request'),
      ...(status === 401 ? {} : { detail: message }),
    });
  });
  addProducerRoutes(app, context);
  addConsumerRoutes(app, context);
  addGrabRoutes(app, context);
}
