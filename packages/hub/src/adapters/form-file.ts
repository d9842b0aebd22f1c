import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { bytesOf } from './requests.ts';

/** The file of a form as it comes, with the fields that came before it. */
export interface FormFile {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Readable;
  readonly fields: Readonly<Record<string, string>>;
}

export function isForm({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.startsWith('multipart/form-data') === true;
}

/**
 * Stores the part `file` of a form as it comes, or the whole body of a request that is no form. With `formSha256`, what is stored
 * ends with an error unless the whole form has that hash. Throws `JQ_BAD_REQUEST`.
 */
export async function storeFormFile(
  request: FastifyRequest,
  store: (file: FormFile) => Promise<void>,
  formSha256: string | null = null,
): Promise<void> {
  const type = request.headers['content-type'] ?? '';
  if (!isForm(request)) return store({ name: 'file', contentType: 'application/octet-stream', bytes: bytesOf(request), fields: {} });
  const body = request.body;
  if (!(body instanceof Readable)) throw new JuqueueError('JQ_BAD_REQUEST', 'The form has no part `file`.');
  const form = new Busboy({ headers: { ...request.headers, 'content-type': type }, limits: { files: 1 } });
  // What fails is kept until the form has been read to its end: the answer can be sent only then.
  const storing: Promise<{ readonly error: unknown } | null>[] = [];
  const hash = createHash('sha256');
  const whole = Promise.withResolvers<string>();
  const fields: Record<string, string> = {};
  form.on('field', (name, value) => void (fields[name] = value));
  form.on('file', (field, bytes, name, _encoding, contentType) => {
    const part = Readable.from(formSha256 === null ? bytes : untilWhole(bytes, formSha256, whole.promise));
    if (field === 'file' && storing.length === 0)
      storing.push(
        store({ name, contentType, bytes: part, fields: { ...fields } })
          .then(
            () => null,
            (error: unknown) => ({ error }),
          )
          .finally(() => bytes.resume()),
      );
    else bytes.resume();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  form.on('finish', resolve);
  form.on('error', (error: unknown) =>
    reject(new JuqueueError('JQ_BAD_REQUEST', `The form cannot be read: ${error instanceof Error ? error.message : String(error)}.`)),
  );
  body.on('error', reject);
  body.on('error', whole.reject);
  body.on('data', (part: Buffer) => hash.update(part));
  body.on('end', () => whole.resolve(hash.digest('hex')));
  whole.promise.catch(() => undefined);
  body.pipe(form);
  await promise;
  const [stored] = storing;
  if (stored === undefined) throw new JuqueueError('JQ_BAD_REQUEST', 'The form has no part `file`.');
  const failure = await stored;
  if (failure !== null) throw failure.error;
}

async function* untilWhole(bytes: AsyncIterable<Buffer>, expected: string, whole: Promise<string>): AsyncGenerator<Buffer> {
  yield* bytes;
  const found = await whole;
  if (found !== expected) throw new JuqueueError('JQ_HASH_MISMATCH', `The form has the SHA-256 ${found}, expected ${expected}.`);
}
