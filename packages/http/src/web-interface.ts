import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import type {} from '@fastify/static';
import { Type } from 'typebox';

/** Names of assets carry a hash of their content, so that a browser never asks twice for one. */
const assetName = '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.(js|css|svg)$';
const oneYear = 'public, max-age=31536000, immutable';

/**
 * Own files only, nothing written into the page, and text becomes elements in Svelte's templates alone (its policy of trusted
 * types). `connect-src` covers the WebSocket of the same host.
 */
const webInterfacePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

/**
 * The web interface: one page and its assets, which hold no data, below `ui/` of the folders of @fastify/static. The build
 * leaves a gzip beside each. `config` says that anybody may read them.
 */
export function addWebInterface(app: FastifyInstance, page: 'index.html' | 'hub.html', config: FastifyContextConfig): void {
  const headers = { 'content-security-policy': webInterfacePolicy, vary: 'accept-encoding' };

  app.get('/', {
    config,
    schema: { hide: true },
    handler: (_request, reply) => reply.headers({ ...headers, 'cache-control': 'no-cache' }).sendFile(`ui/${page}`),
  });

  app.get<{ Params: { file: string } }>('/assets/:file', {
    config,
    schema: { hide: true, params: Type.Object({ file: Type.String({ maxLength: 200, pattern: assetName }) }) },
    handler: (request, reply) => reply.headers({ ...headers, 'cache-control': oneYear }).sendFile(`ui/assets/${request.params.file}`),
  });
}
