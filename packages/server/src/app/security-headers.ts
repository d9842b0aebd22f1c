import type { FastifyInstance } from 'fastify';

const baseDirectives = ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'"];

/** For answers that are data: a browser that is made to render one runs nothing and loads nothing. */
export const dataPolicy = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'"].join('; ');

/** For the documentation pages: their libraries write styles into the page and Redoc searches in a worker made of a blob. */
export const documentationPolicy = [
  ...baseDirectives,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'worker-src blob:',
  "connect-src 'self'",
].join('; ');

/** Puts the headers on every answer that keep browsers from guessing, framing, leaking and caching. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy': dataPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });
}
