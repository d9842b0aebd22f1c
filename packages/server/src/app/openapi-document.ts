import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { finishedDocument } from '@juqueue/http';
import type { JsonObject } from '@juqueue/http';
import { buildServer } from './build-server.ts';
import { publicFolders } from './public-folders.ts';
import type { ServerContext } from './server-context.ts';

/**
 * The OpenAPI 3.1 document of the routes as they are. Made when the program is built and committed, so that clients are
 * generated from it and a running manager only hands out a file; a test fails when it differs from the routes.
 */
export async function openApiDocument(context: ServerContext): Promise<JsonObject> {
  const access = { allowedHosts: [], listen: '127.0.0.1' };
  const app = await buildServer(context, access, publicFolders(import.meta.url), async (instance: FastifyInstance) => {
    await instance.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'JuQueue',
          version: '1',
          description: 'All routes need the bearer token of the running manager, except those that say otherwise.',
        },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
        security: [{ bearer: [] }],
      },
    });
  });
  await app.ready();
  const document = finishedDocument(app.swagger());
  await app.close();
  return document;
}
