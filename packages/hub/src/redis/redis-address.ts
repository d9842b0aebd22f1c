import { JuqueueError } from '@juqueue/core';

/** Where a Redis answers, and what it wants to hear. */
export type RedisPlace =
  | { readonly path: string; readonly password: string | null }
  | { readonly host: string; readonly port: number; readonly password: string | null };

/** `unix:PATH`, `HOST:PORT` or `[IPV6]:PORT`. Throws JQ_BAD_REQUEST. */
export function parseRedisAddress(text: string, password: string | null): RedisPlace {
  if (text.startsWith('unix:/')) return { path: text.slice('unix:'.length), password };
  const [host, port] =
    /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/
      .exec(text)
      ?.slice(1)
      .filter((part) => part !== undefined) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535)
    throw new JuqueueError('JQ_BAD_REQUEST', `--redis is '${text}', expected unix:/PATH or HOST:PORT.`);
  return { host, port: Number(port), password };
}

/** The place in the words of ioredis. Commands wait while Redis is away. */
export function connectionOf({ password, ...place }: RedisPlace) {
  return { ...place, ...(password === null ? {} : { password }), maxRetriesPerRequest: null };
}
