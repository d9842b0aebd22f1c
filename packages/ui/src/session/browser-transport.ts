import { NoAnswer } from '@juqueue/client';
import type { Transport } from '@juqueue/client';

/**
 * Requests by fetch, relative to the folder of the page, so that they pass through a proxy below a sub-path. Such a proxy may
 * want the cookie that it has set itself; JuQueue sets none.
 */
export function browserTransport(base: string): Transport {
  return async ({ method, path, headers, body }) => {
    const address = new URL(path.slice(1), base);
    let response: Response;
    try {
      response = await fetch(address, { method, headers, body, credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
    } catch (cause) {
      throw new NoAnswer(address.host, cause);
    }
    return { status: response.status, headers: Object.fromEntries(response.headers), body: bodyOf(response) };
  };
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
