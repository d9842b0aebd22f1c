import { fileURLToPath } from 'node:url';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { PublicAssets } from './public-pages.ts';
import type { PublicFilesFunctions } from './public-files-worker.ts';

/** The public pages as files of the program, read when they are asked for by a worker that ends when it has nothing to do. */
export class PublicFiles implements PublicAssets, AsyncDisposable {
  readonly #calls = new WorkerCalls<PublicFilesFunctions>(workerFile('public-files-worker', import.meta.url), publicFolders(import.meta.url), { idleMs: 5_000 });

  read(file: string): Promise<Uint8Array | null> {
    return this.#calls.call('read', file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls[Symbol.asyncDispose]();
  }
}

/** A bundle carries all files in one folder beside it; the sources take Swagger UI's and the web interface from their packages. */
function publicFolders(importer: string): readonly string[] {
  if (!importer.endsWith('.ts')) return [fileURLToPath(new URL('./public', importer))];
  const webInterface = fileURLToPath(new URL('../../../ui/dist', importer));
  return [fileURLToPath(new URL('../../public', importer)), webInterface, fileURLToPath(new URL('static', import.meta.resolve('@fastify/swagger-ui/package.json')))];
}
