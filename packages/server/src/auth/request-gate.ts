import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { isToken, presentedToken } from './bearer.ts';
import type { HostAllowList } from './host-allow-list.ts';
import { foreignOrigin, isUnsafe } from './origin-check.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Refusals } from './refusals.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token, and so without any data of the user. */
    readonly isPublic?: boolean;
    /** A GET that changes something all the same (routes of the original). */
    readonly changesState?: boolean;
  }
}

export interface GateOptions {
  readonly token: string;
  /** Reads everything and changes nothing; for colleagues. */
  readonly readOnlyToken: string;
  readonly refusals: Refusals;
  readonly rate: RateLimit;
  readonly hosts: HostAllowList;
  readonly isReadOnly: boolean;
}

/**
 * Every request passes here before anything else looks at it, upgrades and unknown addresses included. In this order:
 * Host (another name means DNS rebinding), origin, token, read-only. Only the first needs no trust in what follows.
 */
export function addRequestGate(app: FastifyInstance, options: GateOptions): void {
  app.addHook('onRequest', async (request) => {
    const { headers } = request.raw;
    const isUpgrade = headers.upgrade !== undefined;
    if (!options.hosts.allows(headers.host)) {
      throw new JuqueueError(
        'JQ_HOST_NOT_ALLOWED',
        `The Host header is '${headers.host ?? ''}', expected localhost, 127.0.0.1 or an allowed name.`,
        `Start the server with --allow-host ${headers.host?.replace(/:\d+$/, '') ?? 'NAME'} if this name is yours.`,
      );
    }
    const changesState = isUnsafe(request.method, false) || request.routeOptions.config.changesState === true;
    if (changesState || isUpgrade) {
      const foreign = foreignOrigin(headers);
      if (foreign !== null) throw new JuqueueError('JQ_ORIGIN_NOT_ALLOWED', `${foreign}.`, 'Open the page that this server serves itself.');
    }
    if (request.routeOptions.config.isPublic === true) return;
    const access = await checkToken(request, isUpgrade, options);
    options.rate.take();
    if (!changesState) return;
    if (options.isReadOnly) throw new JuqueueError('JQ_READ_ONLY', `${request.method} is refused: this server was started with --read-only.`, 'Start it without --read-only.');
    if (access === 'read') throw new JuqueueError('JQ_READ_ONLY', `${request.method} is refused: this token only reads.`, 'Ask whose manager it is, or use the other token (`juqueue token`) when it is yours.');
  });
}

/** What the token of the request allows. A refusal may take its time. */
async function checkToken(request: FastifyRequest, isUpgrade: boolean, { token, readOnlyToken, refusals }: GateOptions): Promise<'full' | 'read'> {
  const presented = presentedToken(request.raw.headers, isUpgrade);
  if (presented !== null && isToken(presented, token)) return 'full';
  if (presented !== null && isToken(presented, readOnlyToken)) return 'read';
  await refusals.refuse();
  throw new JuqueueError(
    'JQ_UNAUTHORIZED',
    presented === null ? 'The request has no Authorization header of the form "Bearer <token>".' : 'The token is not the one of this start of the manager.',
    'The token is in the file .juqueue/token of the work-dir and changes at every start; `juqueue token` prints it.',
  );
}
