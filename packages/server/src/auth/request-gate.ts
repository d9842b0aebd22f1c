import type { FastifyInstance, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import type { AccessTokens, TokenKind } from './access-tokens.ts';
import { presentedToken } from './bearer.ts';
import type { HostAllowList } from './host-allow-list.ts';
import { markKnown } from './known-sockets.ts';
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
  readonly tokens: AccessTokens;
  readonly refusals: Refusals;
  /** One for each token: colleagues who read may not use up what is the owner's. */
  readonly rates: Readonly<Record<TokenKind, RateLimit>>;
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
    markKnown(request.raw.socket);
    options.rates[access].take();
    if (!changesState) return;
    if (options.isReadOnly)
      throw new JuqueueError(
        'JQ_READ_ONLY',
        `${request.method} is refused: this server was started with --read-only.`,
        'Start it without --read-only.',
      );
    if (access === 'read-only')
      throw new JuqueueError(
        'JQ_READ_ONLY',
        `${request.method} is refused: this token only reads.`,
        'Ask whose manager it is, or use the other token (`juqueue token`) when it is yours.',
      );
  });
}

/** What the token of the request allows. A refusal may take its time, or come as a cut connection. */
async function checkToken(request: FastifyRequest, isUpgrade: boolean, { tokens, refusals }: GateOptions): Promise<TokenKind> {
  const presented = presentedToken(request.raw.headers, isUpgrade);
  const kind = presented === null ? null : tokens.kindOf(presented);
  if (kind !== null) return kind;
  if ((await refusals.refuse()) === 'cut') request.raw.socket.destroy();
  throw new JuqueueError(
    'JQ_UNAUTHORIZED',
    presented === null
      ? 'The request has no Authorization header of the form "Bearer <token>".'
      : 'The token is not the present one of this manager.',
    'The token is in the file .juqueue/token of the work-dir and changes at every start; `juqueue token` prints it.',
  );
}
