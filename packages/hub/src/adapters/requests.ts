import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errorCatalogue, JuqueueError } from '@juqueue/core';
import type { Access } from '../access/access.ts';
import type { Principal, Role } from '../access/model.ts';
import { actorOf, mayAct } from '../access/model.ts';
import { bodyOf } from '../artifacts/byte-routes.ts';
import type { Reach } from '../artifacts/model.ts';
import { readSubmission } from '../jobs/read-submission.ts';
import type { SubmittedJob } from '../jobs/read-submission.ts';
import type { Submitted } from '../jobs/jobs.ts';
import type { AdapterContext } from './adapter.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came, of requests in JSON to an adapter. */
    rawBody: string;
  }
}

export type UserPrincipal = Extract<Principal, { readonly kind: 'user' }>;

/**
 * Bodies in JSON, also empty ones with that Content-Type, which clients of others send; all other bodies as a stream. A body
 * that is no JSON comes as undefined, with its text in `rawBody`.
 */
export function takeLenientBodies(app: FastifyInstance): void {
  app.decorateRequest('rawBody', '');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    request.rawBody = String(body);
    done(null, jsonOf(request.rawBody));
  });
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body as bytes, also of a request whose Content-Type says JSON. */
export function bytesOf(request: FastifyRequest): Readable {
  return request.rawBody === '' ? bodyOf(request) : Readable.from([Buffer.from(request.rawBody)]);
}

/** The user whose key this is. Throws `JQ_UNAUTHORIZED` and `JQ_FORBIDDEN`. */
export function userByKey(access: Access, request: FastifyRequest, key: string | undefined, needed: Role): UserPrincipal {
  if (key === undefined || key === '') access.refuseUnknown(request.ip, 'The request carries no key.');
  const principal = access.authenticateKey(key, request.ip);
  if (principal.kind !== 'user' || !mayAct(principal.role, needed))
    throw new JuqueueError('JQ_FORBIDDEN', `This needs the role ${needed}.`, 'A manager of the hub changes roles.');
  return principal;
}

export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

export function reachOfUser({ name, role }: UserPrincipal): Reach {
  return { owner: name, seesAll: role === 'manager', job: null };
}

export interface SubmitOptions {
  /** The id that the job is to have; null: any. */
  readonly id?: string;
  readonly isLaunched?: boolean;
}

/** Submits for a user what would be a body of `POST /api/v1/jobs`. Artifacts that it takes have to be committed and within reach. */
export async function submitFor(
  { hub, access, artifacts }: AdapterContext,
  user: UserPrincipal,
  job: SubmittedJob,
  { id, isLaunched = true }: SubmitOptions = {},
): Promise<Submitted> {
  access.killSwitch.check();
  const { definition, order } = readSubmission(job, hub.webhooks.policy);
  if (isLaunched)
    for (const file of definition.files) if (file.kind === 'artifact') await artifacts.committed(file.artifact, reachOfUser(user));
  return hub.jobs.submit({
    owner: user.name,
    actor: actorOf(user),
    definition,
    order,
    isDeduplicated: false,
    isLaunched,
    idempotency: null,
    ...(id === undefined ? {} : { id }),
  });
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** What went wrong as status and sentence, for adapters that have their own form of it. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof JuqueueError) return { status: errorCatalogue[error.problem.code].status, message: error.problem.message };
  const status = (error as { readonly statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return { status, message: error instanceof Error ? error.message : 'bad request' };
  return { status: 500, message: 'The hub made a mistake while answering this request.' };
}

/** The value when it is an object and no list. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
