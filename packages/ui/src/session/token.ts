/** Where the page keeps its token: gone with the tab, and not sent anywhere by the browser itself. */
export type TokenStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * The token in an address like `…/#token=4f1c`, and the address without it; null when the fragment holds none. A fragment
 * never reaches a server or its log, and the bare address is put in its place at once, before somebody shares it.
 */
export function tokenInFragment(hash: string): { readonly token: string; readonly rest: string } | null {
  const match = /^#token=([\w-]+)(?:&to=(.*))?$/.exec(hash);
  const token = match?.[1];
  if (token === undefined) return null;
  return { token, rest: `#${match?.[2] ?? '/'}` };
}

/** Proxies serve several programs on one origin, below different paths: each page has its own token. */
export function tokenKey(pathname: string): string {
  return `juqueue.token:${pathname.replace(/[^/]*$/, '')}`;
}
