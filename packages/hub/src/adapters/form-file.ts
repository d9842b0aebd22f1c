import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { bytesOf } from './requests.ts';

/** Stores the part `file` of a form as it comes, or the whole body of a request that is no form. Throws `JQ_BAD_REQUEST`. */
export async function storeFormFile(request: FastifyRequest, store: (name: string, bytes: Readable) => Promise<void>): Promise<void> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return store('file', bytesOf(request));
  const body = request.body;
  if (!(body instanceof Readable)) throw new JuqueueError('JQ_BAD_REQUEST', 'The form has no part `file`.');
  const form = new Busboy({ headers: { ...request.headers, 'content-type': type }, limits: { files: 1 } });
  // What fails is kept until the form has been read to its end: the answer can be sent only then.
  const storing: Promise<{ readonly error: unknown } | null>[] = [];
  form.on('file', (field, bytes, name) => {
    const part = Readable.from(bytes);
    if (field === 'file' && storing.length === 0) storing.push(store(name, part).then(() => null, (error: unknown) => ({ error })).finally(() => bytes.resume()));
    else bytes.resume();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  form.on('finish', resolve);
  form.on('error', (error: unknown) => reject(new JuqueueError('JQ_BAD_REQUEST', `The form cannot be read: ${error instanceof Error ? error.message : String(error)}.`)));
  body.on('error', reject);
  body.pipe(form);
  await promise;
  const [stored] = storing;
  if (stored === undefined) throw new JuqueueError('JQ_BAD_REQUEST', 'The form has no part `file`.');
  const failure = await stored;
  if (failure !== null) throw failure.error;
}
