import type { Readable } from 'node:stream';

/** Sends bytes or a stream as they are. Fastify does not serialise those, so the schema of the answer does not type them. */
export function sendRaw<R extends { send(payload: never): R }>(reply: R, payload: Buffer | Readable): R {
  return reply.send(payload as never);
}

/** The header that has a browser save the answer under this name. */
export function attachment(name: string): string {
  return `attachment; filename="${name.replace(/[^\w.@+=,-]/g, '_')}"`;
}
