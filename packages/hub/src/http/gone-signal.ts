import type { FastifyReply } from 'fastify';

/** Given when the client has gone, or has its answer. Of the answer and not of its socket, which lives for many. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  return gone.signal;
}
