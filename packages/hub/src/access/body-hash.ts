import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import type { RequestPayload } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { emptySha256 } from './signature.ts';

/**
 * The body as it comes, with an error in the place of its end when its SHA-256 is not the one that was signed: nothing of
 * it counts then. Throws at once when there is no body and another hash than that of no bytes.
 */
export function checkedBody(body: RequestPayload, sha256: string, hasBody: boolean): Readable {
  if (!hasBody) {
    if (sha256.toLowerCase() !== emptySha256) throw mismatch(sha256, emptySha256);
    return body;
  }
  const hash = createHash('sha256');
  let receivedBytes = 0;
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      receivedBytes += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      const found = hash.digest('hex');
      done(found === sha256.toLowerCase() ? null : mismatch(sha256, found));
    },
  });
  body.on('error', (error) => checked.destroy(error));
  body.on('close', () => {
    if (!body.readableEnded) checked.destroy(new JuqueueError('JQ_BAD_REQUEST', 'The request ended before its body did.'));
  });
  Object.defineProperty(checked, 'receivedEncodedLength', { get: () => receivedBytes });
  return body.pipe(checked);
}

function mismatch(declared: string, found: string): JuqueueError {
  return new JuqueueError('JQ_HASH_MISMATCH', `The body has the SHA-256 ${found}, the header says ${declared}.`);
}
