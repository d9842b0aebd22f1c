import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PublicAssets } from './public-pages.ts';
import { webInterfacePolicy } from './security-headers.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Names of assets carry a hash of their content, so that a browser never asks twice for one. */
const assetName = '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.(js|css|svg)$';
const oneYear = 'public, max-age=31536000, immutable';

/**
 * The web interface: one page and its assets, which hold no data. The worker of the public files reads them, because
 * @fastify/static reads files in the main thread, which must not wait for a file system. The build leaves a gzip beside each.
 */
export function addWebInterface(app: FastifyInstance, assets: PublicAssets): void {
  const send = async (request: FastifyRequest, reply: FastifyReply, file: string, cacheControl: string): Promise<FastifyReply> => {
    const isZipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    const zipped = isZipped ? await assets.read(`${file}.gz`) : null;
    const content = zipped ?? (await assets.read(file));
    if (content === null) {
      reply.callNotFound();
      return reply;
    }
    if (zipped !== null) reply.header('content-encoding', 'gzip');
    return reply
      .type(types[extname(file)] ?? 'application/octet-stream')
      .headers({ 'content-security-policy': webInterfacePolicy, 'cache-control': cacheControl, vary: 'accept-encoding' })
      .send(Buffer.from(content));
  };

  app.get('/', {
    config: { isPublic: true },
    schema: { hide: true },
    handler: (request, reply) => send(request, reply, 'ui/index.html', 'no-cache'),
  });

  app.get<{ Params: { file: string } }>('/assets/:file', {
    config: { isPublic: true },
    schema: { hide: true, params: Type.Object({ file: Type.String({ maxLength: 200, pattern: assetName }) }) },
    handler: (request, reply) => send(request, reply, `ui/assets/${request.params.file}`, oneYear),
  });
}
