const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
const wildcardAddresses = ['0.0.0.0', '::', '[::]'];

/** Which names requests may give for this server. Ports do not matter: people forward to whichever is free. */
export class HostAllowList {
  readonly #names: ReadonlySet<string>;

  /** `listen` is the address of the TCP port; a wildcard address is not a name anybody calls us by. */
  constructor(allowed: readonly string[], listen: string) {
    const own = wildcardAddresses.includes(listen) ? [] : [listen.includes(':') && !listen.startsWith('[') ? `[${listen}]` : listen];
    this.#names = new Set([...loopbackNames, ...own, ...allowed].map((name) => name.toLowerCase()));
  }

  /** Takes a Host header, with or without a port. */
  allows(host: string | undefined): boolean {
    const name = host === undefined ? null : hostName(host);
    return name !== null && this.#names.has(name);
  }
}

/** The name in a Host header, lower case, without its port; null when it is not a host at all. */
export function hostName(host: string): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host);
  return match?.[1]?.toLowerCase() ?? null;
}
