import type { IncomingHttpHeaders } from 'node:http';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request may change something or opens a channel; such requests must not come from another site. */
export function isUnsafe(method: string, isUpgrade: boolean): boolean {
  return isUpgrade || !safeMethods.has(method);
}

/**
 * Why a request comes from another site, as a sentence; null when it does not. Programs send neither header. Another
 * port of the same machine is another site: a colleague's page forwarded to `localhost:8888` must not act here.
 */
export function foreignOrigin(headers: IncomingHttpHeaders): string | null {
  const { origin, host } = headers;
  if (origin !== undefined && originHost(origin) !== host?.toLowerCase()) {
    return `Origin is '${origin}', but Host is '${host ?? ''}'`;
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return `Sec-Fetch-Site is '${String(site)}', expected 'same-origin'`;
  return null;
}

function originHost(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
