import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { documentationPolicy } from './security-headers.ts';
import { addWebInterface } from './web-interface.ts';
import type { ServerContext } from './server-context.ts';

/** Files that carry no data of the user: the web interface, pages of the documentation, the description of the interface. */
export interface PublicAssets {
  /** Null when there is no such file. */
  read(file: string): Promise<Uint8Array | null>;
}

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';

/** Address, file, type. Nothing else can be read. */
const files: readonly (readonly [path: string, file: string, type: string])[] = [
  ['/docs', 'docs.html', html],
  ['/docs/docs.js', 'docs.js', script],
  ['/docs/swagger-ui.css', 'swagger-ui.css', style],
  ['/docs/swagger-ui-bundle.js', 'swagger-ui-bundle.js', script],
  ['/redoc', 'redoc.html', html],
  ['/redoc/redoc-start.js', 'redoc-start.js', script],
  ['/redoc/redoc.standalone.js', 'redoc.standalone.js', script],
  ['/openapi.json', 'openapi.json', 'application/json; charset=utf-8'],
];

/** What anybody may see who reaches the port. Addresses are relative, so that proxies under a sub-path work. */
export function addPublicPages(app: FastifyInstance, assets: PublicAssets, context: ServerContext): void {
  for (const [path, file, type] of files) {
    app.get(path, {
      config: { isPublic: true },
      schema: { hide: true },
      handler: async (_request, reply) => {
        const content = await assets.read(file);
        if (content === null) return reply.callNotFound();
        return reply.type(type).headers({ 'content-security-policy': documentationPolicy, 'cache-control': 'no-cache' }).send(Buffer.from(content));
      },
    });
  }
  addWebInterface(app, assets);

  const Status = Type.Object({ status: Type.Unsafe<'ok' | 'unavailable'>({ type: 'string', enum: ['ok', 'unavailable'] }) }, { title: 'Status' });
  app.get('/healthz', {
    config: { isPublic: true },
    schema: { operationId: 'healthz', tags: ['server'], summary: 'Whether the manager can work; needs no token', security: [], response: { 200: Status, 503: Status } },
    handler: async (_request, reply) => {
      if (context.engine.health.storeTrouble === null) return { status: 'ok' };
      return reply.code(503).send({ status: 'unavailable' });
    },
  });
}
