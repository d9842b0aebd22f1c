import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The subprotocol that both sides speak on WebSockets. */
export const webSocketProtocol = 'juqueue.v1';

/** Browsers cannot set headers on WebSockets, so the token may come as a second subprotocol with this prefix. */
export const bearerProtocolPrefix = 'juqueue.bearer.';

/** Whether the text is the token, in a time that does not depend on how much of it is right. */
export function isToken(text: string, token: string): boolean {
  return timingSafeEqual(digest(text), digest(token));
}

/** The token that a request carries: in `Authorization: Bearer`, or, for an upgrade only, as a subprotocol. */
export function presentedToken(headers: IncomingHttpHeaders, isUpgrade: boolean): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  if (!isUpgrade) return null;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const carrier = offered.find((protocol) => protocol.startsWith(bearerProtocolPrefix));
  return carrier === undefined ? null : carrier.slice(bearerProtocolPrefix.length);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
