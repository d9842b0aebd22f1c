import type { FastifyInstance } from 'fastify';

const baseDirectives = ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'"];

/** For answers that are data: a browser that is made to render one runs nothing and loads nothing. */
export const dataPolicy = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'"].join('; ');

/**
 * For the web interface: own files only, nothing written into the page, and text becomes elements in Svelte's templates
 * alone (its policy of trusted types). `connect-src` covers the WebSocket of the same host.
 */
export const webInterfacePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

/** For the documentation pages: their libraries write styles into the page and Redoc searches in a worker made of a blob. */
export const documentationPolicy = [...baseDirectives, "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", 'worker-src blob:', "connect-src 'self'"].join('; ');

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
