import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { addWebInterface } from '@juqueue/http';

/** Address and file. Nothing else can be read. */
const files = [
  ['/openapi.json', 'openapi.json'],
  ['/docs', 'docs.html'],
  ['/docs/docs.js', 'docs.js'],
  ['/docs/swagger-ui.css', 'swagger-ui.css'],
  ['/docs/swagger-ui-bundle.js', 'swagger-ui-bundle.js'],
] as const;

const policy =
  "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/** What anybody may read who reaches the port: the web interface, the description of the interface, and a page that shows it. */
export async function addPublicFiles(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: [...publicFolders(import.meta.url)],
    serve: false,
    preCompressed: true,
    cacheControl: false,
    dotfiles: 'ignore',
    index: false,
  });
  for (const [path, file] of files) {
    app.get(path, {
      config: { access: 'public' },
      schema: { hide: true },
      handler: (_request, reply) => reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' }).sendFile(file),
    });
  }
  addWebInterface(app, 'hub.html', { access: 'public' });
}

/** A bundle carries them in one folder; the sources take them from where they come from. */
function publicFolders(importer: string): readonly string[] {
  if (!importer.endsWith('.ts')) return [fileURLToPath(new URL('./public', importer))];
  const folders = [
    new URL('../../', importer),
    new URL('../../../server/public/', importer),
    new URL('../../../ui/dist/', importer),
    new URL('static/', import.meta.resolve('@fastify/swagger-ui/package.json')),
  ];
  return folders.map((folder) => fileURLToPath(folder));
}
