import type { FastifyInstance } from 'fastify';
import fastifyStatic from '@fastify/static';
import { Type } from 'typebox';
import { addWebInterface } from '@juqueue/http';
import { documentationPolicy } from './security-headers.ts';
import type { ServerContext } from './server-context.ts';

/** Address and file. Nothing else can be read. */
const files: readonly (readonly [path: string, file: string])[] = [
  ['/docs', 'docs.html'],
  ['/docs/docs.js', 'docs.js'],
  ['/docs/swagger-ui.css', 'swagger-ui.css'],
  ['/docs/swagger-ui-bundle.js', 'swagger-ui-bundle.js'],
  ['/redoc', 'redoc.html'],
  ['/redoc/redoc-start.js', 'redoc-start.js'],
  ['/redoc/redoc.standalone.js', 'redoc.standalone.js'],
  ['/openapi.json', 'openapi.json'],
];

/**
 * What anybody may see who reaches the port: the program's own files, in the first of the folders that has them, with no data
 * of the user. Addresses are relative, so that proxies under a sub-path work. The folders belong to the program, not to the
 * work-dir; the file system is asked by the threads of libuv, and nothing that schedules waits for them.
 */
export async function addPublicPages(app: FastifyInstance, folders: readonly string[], context: ServerContext): Promise<void> {
  await app.register(fastifyStatic, {
    root: [...folders],
    serve: false,
    preCompressed: true,
    cacheControl: false,
    dotfiles: 'ignore',
    index: false,
  });
  for (const [path, file] of files) {
    app.get(path, {
      config: { isPublic: true },
      schema: { hide: true },
      handler: (_request, reply) =>
        reply.headers({ 'content-security-policy': documentationPolicy, 'cache-control': 'no-cache' }).sendFile(file),
    });
  }
  addWebInterface(app, 'index.html', { isPublic: true });

  const Status = Type.Object(
    { status: Type.Unsafe<'ok' | 'unavailable'>({ type: 'string', enum: ['ok', 'unavailable'] }) },
    { title: 'Status' },
  );
  app.get('/healthz', {
    config: { isPublic: true },
    schema: {
      operationId: 'healthz',
      tags: ['server'],
      summary: 'Whether the manager can work; needs no token',
      security: [],
      response: { 200: Status, 503: Status },
    },
    handler: async (_request, reply) => {
      if (context.engine.health.storeTrouble === null) return { status: 'ok' };
      return reply.code(503).send({ status: 'unavailable' });
    },
  });
}
