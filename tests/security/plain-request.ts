import { request } from 'node:http';

export interface PlainAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface PlainRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: string | undefined;
}

/** Who is asked, and with what right. */
export interface AskedServer {
  readonly url: string;
  readonly token: string;
}

/** No answer takes longer, whatever was asked: nothing may hang. */
const answerWithinMs = 10_000;

/** A request with the token whose path nobody tidies up on the way, as fetch would. Rejects when no answer ends in time. */
export function plainRequest({ url: at, token }: AskedServer, { method, url, body }: PlainRequest): Promise<PlainAnswer> {
  const { hostname, port } = new URL(at);
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const sent = request({ hostname, port, method, path: url, headers, signal: AbortSignal.timeout(answerWithinMs) }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: (response.headers['content-type'] ?? '').split(';')[0] ?? '', text }),
      );
    });
    sent.on('error', (error) => reject(new Error(`${method} ${url}: ${error.message}`, { cause: error })));
    sent.end(body);
  });
}
