import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { sendRaw } from '@juqueue/http';

/** Address, type and file. Nothing else can be read. */
const files = [
  ['/openapi.json', 'application/json', 'openapi.json'],
  ['/docs', 'text/html; charset=utf-8', 'docs.html'],
  ['/docs/docs.js', 'text/javascript; charset=utf-8', 'docs.js'],
  ['/docs/swagger-ui.css', 'text/css; charset=utf-8', 'swagger-ui.css'],
  ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', 'swagger-ui-bundle.js'],
] as const;

const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/** What anybody may read who reaches the port: the description of the interface, and a page that shows it. */
export function addPublicFiles(app: FastifyInstance): void {
  for (const [path, type, file] of files) {
    app.get(path, {
      config: { access: 'public' },
      schema: { hide: true },
      handler: async (_request, reply) => {
        const bytes = await readPublic(file);
        return sendRaw(reply.type(type).headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' }), bytes);
      },
    });
  }
}

/** A bundle carries them in one folder; the sources take them from where they come from. */
async function readPublic(file: string): Promise<Buffer> {
  const importer = import.meta.url;
  const folders = importer.endsWith('.ts') ? [new URL('../../', importer), new URL('../../../server/public/', importer), new URL('static/', import.meta.resolve('@fastify/swagger-ui/package.json'))] : [new URL('./public/', importer)];
  for (const folder of folders) {
    const bytes = await readFile(fileURLToPath(new URL(file, folder))).catch(() => null);
    if (bytes !== null) return bytes;
  }
  throw new JuqueueError('JQ_NOT_FOUND', `There is no ${file}.`);
}
