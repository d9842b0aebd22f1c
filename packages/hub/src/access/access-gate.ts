import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assert, JuqueueError } from '@juqueue/core';
import type { Access } from './access.ts';
import { checkedBody } from './body-hash.ts';
import { mayAct } from './model.ts';
import type { Principal, Role } from './model.ts';
import { signatureHeaders } from './signature.ts';
import type { SignedRequest } from './signature.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may ask. `public`: everybody; `own`: the route looks itself. Without it viewers read and editors change.
     */
    readonly access?: Role | 'agent' | 'public' | 'own';
  }
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    principal: Principal | null;
    /** SHA-256 that the body must have, for what is signed. */
    declaredBodySha256: string | null;
  }
}

/** Every request passes here first: it is known who asks, and that they may. */
export function addAccessGate(app: FastifyInstance, access: Access): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('declaredBodySha256', null);
  app.addHook('onRequest', async (request) => {
    const needed = request.routeOptions.config.access ?? (request.method === 'GET' || request.method === 'HEAD' ? 'viewer' : 'editor');
    if (needed === 'public' || needed === 'own') return;
    if (needed === 'agent') {
      request.principal = await signedBy(request, access);
      return;
    }
    const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) access.refuseUnknown(request.ip, 'The request has no Authorization header of the form "Bearer <key>".');
    const principal = access.authenticateKey(key, request.ip);
    requireRole(principal, needed);
    request.principal = principal;
  });
  app.addHook('preParsing', async (request, _reply, body) =>
    request.declaredBodySha256 === null ? body : checkedBody(body, request.declaredBodySha256, hasBody(request)),
  );
}

/** Who asks. Only for routes that are not public. */
export function principalOf(request: FastifyRequest): Principal {
  assert(request.principal !== null, 'the gate has found out who asks');
  return request.principal;
}

/** Throws `JQ_FORBIDDEN` when the role of this user is not enough. */
export function requireRole(principal: Principal, needed: Role): void {
  if (principal.kind === 'user' && mayAct(principal.role, needed)) return;
  const has = principal.kind === 'user' ? `${principal.name} is a ${principal.role}` : `${principal.name} is an agent`;
  throw new JuqueueError('JQ_FORBIDDEN', `This needs the role ${needed}, ${has}.`, 'A manager of the hub changes roles.');
}

async function signedBy(request: FastifyRequest, access: Access): Promise<Principal> {
  const { headers } = request;
  const text = (name: string): string | undefined => (typeof headers[name] === 'string' ? headers[name] : undefined);
  const signature = /^HMAC-SHA256 +([0-9a-f]{64})$/i.exec(headers.authorization ?? '')?.[1];
  const [agent, timestamp, nonce, bodySha256] = [
    signatureHeaders.agent,
    signatureHeaders.timestamp,
    signatureHeaders.nonce,
    signatureHeaders.bodySha256,
  ].map(text);
  if (signature === undefined || agent === undefined || timestamp === undefined || nonce === undefined || bodySha256 === undefined) {
    access.refuseUnknown(
      request.ip,
      `The request is not signed, expected Authorization "HMAC-SHA256 <hex>" and ${Object.values(signatureHeaders).join(', ')}.`,
    );
  }
  const signed: SignedRequest = {
    method: request.method,
    path: request.raw.url ?? request.url,
    bodySha256,
    timestampSeconds: Number(timestamp),
    nonce,
  };
  const principal = await access.authenticateAgent(agent, signature, signed, request.ip);
  request.declaredBodySha256 = bodySha256;
  return principal;
}

/** Whether the request announces a body. */
export function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
