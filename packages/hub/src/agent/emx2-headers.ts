import { randomBytes, randomUUID } from 'node:crypto';
import { signatureOf } from '../access/signature.ts';

/** The headers by which a worker proves a request to an EMX2 server. Bodies that are no JSON tell their hash too. */
export function emx2Headers(
  worker: string,
  secret: string,
  request: { readonly method: string; readonly path: string; readonly bodySha256: string; readonly isBinary: boolean },
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestampSeconds = Math.floor(nowMs / 1_000);
  const nonce = randomBytes(16).toString('hex');
  return {
    authorization: `HMAC-SHA256 ${signatureOf(secret, { ...request, timestampSeconds, nonce })}`,
    'x-emx2-api-version': '2025-01',
    'x-request-id': randomUUID(),
    'x-timestamp': String(timestampSeconds),
    'x-nonce': nonce,
    'x-worker-id': worker,
    ...(request.isBinary ? { 'content-sha256': request.bodySha256 } : {}),
  };
}
