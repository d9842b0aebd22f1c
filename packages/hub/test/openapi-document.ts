import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { silentLog } from '@juqueue/core';
import { finishedDocument } from '@juqueue/http';
import type { JsonObject } from '@juqueue/http';
import { Access } from '../src/access/access.ts';
import { Artifacts } from '../src/artifacts/artifacts.ts';
import { buildHubServer } from '../src/http/build-hub-server.ts';
import { Hub } from '../src/hub.ts';

/** The OpenAPI 3.1 document of the hub's routes as they are. Nobody asks them here: hub and access have nothing in them. */
export async function openApiDocument(): Promise<JsonObject> {
  const parts = {
    hub: Object.create(Hub.prototype),
    access: Object.create(Access.prototype),
    artifacts: Object.create(Artifacts.prototype),
    identity: { version: '1', startedAtMs: 0 },
    log: silentLog,
  };
  const app = await buildHubServer(parts, null, async (instance: FastifyInstance) => {
    await instance.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'JuQueue hub',
          version: '1',
          description:
            'Routes below /api/v1 need an API key, those below /agent/v1 the signature of an agent, except where they say otherwise.',
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
