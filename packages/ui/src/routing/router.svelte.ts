import { formatAddress, parseAddress } from './address.ts';
import type { Address } from './address.ts';

class Router {
  address = $state.raw<Address>(parseAddress(location.hash));

  start(): void {
    addEventListener('hashchange', () => {
      this.address = parseAddress(location.hash);
    });
  }

  /** Changes parts of the query. Typing replaces the entry in the history, choices add one. */
  setQuery(changes: Readonly<Record<string, string | null>>, how: 'replace' | 'push' = 'push'): void {
    const { screen, subject, query } = this.address;
    const hash = formatAddress(screen, subject, { ...Object.fromEntries(query), ...changes });
    if (hash === location.hash) return;
    if (how === 'push') history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
    this.address = parseAddress(hash);
  }

  go(hash: string): void {
    location.hash = hash;
  }
}

export const router = new Router();
