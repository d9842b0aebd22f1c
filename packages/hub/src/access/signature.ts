import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** With the query, as it stands in the request line. */
  readonly path: string;
  /** SHA-256 of the body in hex; of no bytes when there is none. */
  readonly bodySha256: string;
  readonly timestampSeconds: number;
  readonly nonce: string;
}

/** SHA-256 of no bytes. */
export const emptySha256 = sha256Hex('');

/** How the headers of a signed request are named. `authorization` is `HMAC-SHA256 <hex>`. */
export const signatureHeaders = {
  agent: 'juqueue-agent',
  timestamp: 'juqueue-timestamp',
  nonce: 'juqueue-nonce',
  bodySha256: 'content-sha256',
} as const;

export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** HMAC-SHA256 in hex over method, path with query, body hash, timestamp and nonce, one on each line. */
export function signatureOf(secret: string, { method, path, bodySha256, timestampSeconds, nonce }: SignedRequest): string {
  return createHmac('sha256', secret)
    .update([method, path, bodySha256, String(timestampSeconds), nonce].join('\n'))
    .digest('hex');
}

/** Whether the text is that signature, in a time that does not depend on how much of it is right. */
export function isSignature(text: string, secret: string, request: SignedRequest): boolean {
  const expected = Buffer.from(signatureOf(secret, request));
  const given = Buffer.from(text.toLowerCase());
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The headers by which an agent proves a request: one use each, for five minutes around `nowMs`. */
export function signedHeaders(
  agent: string,
  secret: string,
  request: { readonly method: string; readonly path: string; readonly bodySha256: string },
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestampSeconds = Math.floor(nowMs / 1_000);
  const nonce = randomBytes(16).toString('hex');
  return {
    authorization: `HMAC-SHA256 ${signatureOf(secret, { ...request, timestampSeconds, nonce })}`,
    [signatureHeaders.agent]: agent,
    [signatureHeaders.timestamp]: String(timestampSeconds),
    [signatureHeaders.nonce]: nonce,
    [signatureHeaders.bodySha256]: request.bodySha256,
  };
}
