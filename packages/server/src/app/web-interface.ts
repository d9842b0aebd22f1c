import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { webInterfacePolicy } from './security-headers.ts';

/** Names of assets carry a hash of their content, so that a browser never asks twice for one. */
const assetName = '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.(js|css|svg)$';
const oneYear = 'public, max-age=31536000, immutable';

/** The web interface: one page and its assets, which hold no data. The build leaves a gzip beside each. */
export function addWebInterface(app: FastifyInstance): void {
  const headers = { 'content-security-policy': webInterfacePolicy, vary: 'accept-encoding' };

  app.get('/', {
    config: { isPublic: true },
    schema: { hide: true },
    handler: (_request, reply) => reply.headers({ ...headers, 'cache-control': 'no-cache' }).sendFile('ui/index.html'),
  });

  app.get<{ Params: { file: string } }>('/assets/:file', {
    config: { isPublic: true },
    schema: { hide: true, params: Type.Object({ file: Type.String({ maxLength: 200, pattern: assetName }) }) },
    handler: (request, reply) => reply.headers({ ...headers, 'cache-control': oneYear }).sendFile(`ui/assets/${request.params.file}`),
  });
}
