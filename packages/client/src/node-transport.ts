import { NoAnswer } from './send-request.ts';
import type { Transport } from './send-request.ts';

const { request } = process.getBuiltinModule('node:http');

/** Where a server listens: a unix socket, or a TCP address. */
export type ServerPlace =
  { readonly kind: 'socket'; readonly path: string } | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Requests by node:http, which starts faster than fetch and speaks to unix sockets. */
export function nodeTransport(place: ServerPlace): Transport {
  const target =
    place.kind === 'socket'
      ? { socketPath: place.path, headers: { host: 'localhost' } }
      : { host: place.host, port: place.port, headers: { host: hostHeader(place.host, place.port) } };
  return ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      const sent = request({ ...target, method, path, headers: { ...target.headers, ...headers }, agent: false }, (response) => {
        const answered = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(answered) as Record<string, string>, body: response });
      });
      sent.on('error', (error) => reject(new NoAnswer(describePlace(place), error)));
      sent.end(body ?? undefined);
    });
}

export function describePlace(place: ServerPlace): string {
  return place.kind === 'socket' ? place.path : `${place.host}:${place.port}`;
}

function hostHeader(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
