import type { FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import type { Role } from '../../access/model.ts';
import { mayAct } from '../../access/model.ts';
import { sha256Hex } from '../../access/signature.ts';
import { contentSha256 } from '../../artifacts/byte-routes.ts';
import type { AdapterContext } from '../adapter.ts';
import { bearerOf, userByKey } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { apiVersion } from './protocol.ts';

/** Who asks: a worker that has signed, or a person by key. */
export type Caller = { readonly kind: 'worker'; readonly name: string } | { readonly kind: 'user'; readonly user: UserPrincipal };

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}

export function headerOf({ headers }: FastifyRequest, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Throws `JQ_BAD_REQUEST` unless the request has the headers of the protocol. */
export function checkProtocolHeaders(request: FastifyRequest): void {
  const version = headerOf(request, 'x-emx2-api-version');
  if (version !== apiVersion) throw new JuqueueError('JQ_BAD_REQUEST', `X-EMX2-API-Version is '${version ?? ''}', expected ${apiVersion}.`);
  const id = headerOf(request, 'x-request-id');
  if (id === null || !isUuid(id)) throw new JuqueueError('JQ_BAD_REQUEST', `X-Request-Id is '${id ?? ''}', expected a UUID.`);
  const timestamp = headerOf(request, 'x-timestamp');
  if (timestamp === null || !/^\d{1,12}$/.test(timestamp))
    throw new JuqueueError('JQ_BAD_REQUEST', `X-Timestamp is '${timestamp ?? ''}', expected epoch seconds.`);
}

/**
 * Who asks. A signature is by the credential of the worker in X-Worker-Id, each nonce counts once; a key of the hub comes in
 * x-molgenis-token or as a bearer. Throws `JQ_UNAUTHORIZED`.
 */
export async function callerOf(context: AdapterContext, request: FastifyRequest): Promise<Caller> {
  const signature = /^HMAC-SHA256 +([0-9a-f]{64})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (signature === undefined)
    return { kind: 'user', user: userByKey(context.access, request, headerOf(request, 'x-molgenis-token') ?? bearerOf(request), 'viewer') };
  const [worker, nonce, timestamp] = [headerOf(request, 'x-worker-id'), headerOf(request, 'x-nonce'), headerOf(request, 'x-timestamp')];
  if (worker === null || nonce === null) context.access.refuseUnknown(request.ip, 'A signed request needs X-Worker-Id and X-Nonce.');
  const bodySha256 = request.rawBody === '' ? (contentSha256(request) ?? sha256Hex('')) : sha256Hex(request.rawBody);
  const signed = { method: request.method, path: request.raw.url ?? request.url, bodySha256, timestampSeconds: Number(timestamp), nonce };
  await context.access.authenticateAgent(worker, signature, signed, request.ip);
  return { kind: 'worker', name: worker };
}

/** Throws `JQ_FORBIDDEN` unless it is a worker or a user with this role. */
export function requireCaller(caller: Caller, needed: Role): void {
  if (caller.kind === 'worker' || mayAct(caller.user.role, needed)) return;
  throw new JuqueueError('JQ_FORBIDDEN', `This needs the role ${needed}, ${caller.user.name} is a ${caller.user.role}.`);
}

/** The worker on whose behalf something is written: who signed it, or, for managers, who is named. Throws when names differ. */
export function workerOf(caller: Caller, request: FastifyRequest, named: string | null): string {
  requireCaller(caller, 'manager');
  const worker = caller.kind === 'worker' ? caller.name : (headerOf(request, 'x-worker-id') ?? named);
  if (worker === null) throw new JuqueueError('JQ_BAD_REQUEST', 'X-Worker-Id is missing.');
  if (named !== null && named !== worker)
    throw new JuqueueError('JQ_BAD_REQUEST', `X-Worker-Id is '${worker}', the request is about '${named}'.`);
  return worker;
}

export function actorOfCaller(caller: Caller): string {
  return caller.kind === 'worker' ? `agent:${caller.name}` : `user:${caller.user.name}`;
}
