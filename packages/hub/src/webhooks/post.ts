import { request as httpsRequest } from 'node:https';
import { allowedAddress } from '../addresses/address-policy.ts';
import type { AddressPolicy } from '../addresses/address-policy.ts';

const { request: httpRequest } = process.getBuiltinModule('node:http');

const answerMs = 15_000;

/**
 * Posts to the very address that was looked at, so that a name which changes meanwhile leads nowhere else. Redirects are not
 * followed. Rejects unless the answer is a 2xx.
 */
export async function post(target: string, body: string, headers: Readonly<Record<string, string>>, policy: AddressPolicy): Promise<void> {
  const url = new URL(target);
  const { address, family } = await allowedAddress(url.hostname, policy);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const request = send(
    url,
    {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
      signal: AbortSignal.timeout(answerMs),
      agent: false,
      lookup: (_hostname, options, done) => (options.all === true ? done(null, [{ address, family }]) : done(null, address, family)),
    },
    (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) resolve();
      else reject(new Error(`${url.host} answered ${status}`));
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}
