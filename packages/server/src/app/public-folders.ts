import { fileURLToPath } from 'node:url';

/** Where the public pages lie. A bundle carries them in one folder; the sources take some from the packages they come with. */
export function publicFolders(importer: string): readonly string[] {
  if (!importer.endsWith('.ts')) return [fileURLToPath(new URL('./public', importer))];
  const folders = [
    new URL('../public', importer),
    new URL('../../ui/dist', importer),
    new URL('static', import.meta.resolve('@fastify/swagger-ui/package.json')),
  ];
  return folders.map((folder) => fileURLToPath(folder));
}
