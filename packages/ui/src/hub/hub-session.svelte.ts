import { ApiError } from '@juqueue/client';
import { HubApi } from '@juqueue/client/hub';
import type { Event, EventPage, Whoami } from '@juqueue/client/hub';
import { browserTransport } from '../session/browser-transport.ts';
import type { NewsSource } from '../session/fresh-answer.svelte.ts';
import type { LiveState, Lock } from '../session/states.ts';
import { tokenInFragment, tokenKey } from '../session/token.ts';

/** What happened to jobs since the last news. */
export type HubNews = readonly Event[];

/** Proxies cut requests that say nothing for half a minute. */
const pollMs = 20_000;
/** Between two tries while the hub does not answer. */
const retryMs = 3_000;

interface Follower {
  readonly topics: readonly string[];
  readonly listener: (news: HubNews | null) => void;
}

/** The page's connection to its hub: the key, the client, and the news of jobs. One per page. */
class HubSession implements NewsSource<HubNews> {
  lock = $state<Lock | null>('no-token');
  live = $state<LiveState>('connecting');
  /** When the hub was last heard, by the clock of this browser. */
  heardAtMs = $state(Date.now());
  /** Whose key the page has. */
  me = $state.raw<Whoami | null>(null);

  readonly #base = new URL('.', location.href.split('#')[0]).href;
  readonly #storageKey = tokenKey(location.pathname);
  readonly #followers = new Set<Follower>();
  #key: string | null = null;
  #api: HubApi | null = null;
  #listening: AbortController | null = null;

  /** Takes the key from the address or from an earlier load of this tab, and begins to listen. */
  start(): void {
    this.#takeFromAddress();
    addEventListener('hashchange', () => this.#takeFromAddress());
    const stored = sessionStorage.getItem(this.#storageKey);
    if (this.#api === null && stored !== null) this.#open(stored);
  }

  /** The typed client. Only screens that are shown when the page is unlocked ask for it. */
  get api(): HubApi {
    if (this.#api === null) throw new Error('the page has no key yet');
    return this.#api;
  }

  unlock(key: string): void {
    sessionStorage.setItem(this.#storageKey, key);
    this.#open(key);
  }

  /** Tells the news of `jobs`, or of one job: `job:<id>`; null when anything may have changed. */
  follow(topics: readonly string[], listener: Follower['listener']): () => void {
    const follower = { topics, listener };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** To be told of every error: a refused key locks the page. */
  noteError(error: unknown): void {
    if (!(error instanceof ApiError) || error.status !== 401) return;
    sessionStorage.removeItem(this.#storageKey);
    this.#listening?.abort();
    this.lock = 'refused';
  }

  /** A request whose body or answer is the bytes of a file. Throws ApiError when the hub says no. */
  async bytes(method: 'GET' | 'PUT', path: string, body: Blob | null = null): Promise<Blob> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      body,
      headers: { authorization: `Bearer ${this.#key ?? ''}`, ...(body === null ? {} : { 'content-type': 'application/octet-stream' }) },
      cache: 'no-store',
      redirect: 'error',
    });
    if (response.ok) return response.blob();
    const problem = (await response.json().catch(() => null)) as {
      readonly code?: string;
      readonly detail?: string;
      readonly hint?: string | null;
    } | null;
    throw new ApiError(
      response.status,
      problem?.code ?? 'JQ_NO_SERVER',
      problem?.detail ?? `The answer has status ${response.status}.`,
      problem?.hint ?? null,
    );
  }

  #takeFromAddress(): void {
    const found = tokenInFragment(location.hash);
    if (found === null) return;
    history.replaceState(null, '', `${location.pathname}${location.search}${found.rest}`);
    this.unlock(found.token);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }

  #open(key: string): void {
    this.#listening?.abort();
    this.#listening = new AbortController();
    this.#key = key;
    this.#api = new HubApi(browserTransport(this.#base), key);
    this.lock = null;
    this.live = 'connecting';
    void this.#listen(this.#api, this.#listening.signal);
  }

  async #listen(api: HubApi, signal: AbortSignal): Promise<void> {
    let after: number | null = null;
    while (!signal.aborted) {
      try {
        if (after === null) {
          const [me, { newestEvent }] = await Promise.all([api.call('whoami', {}), api.call('getOverview', {})]);
          this.me = me;
          after = newestEvent;
          this.#heard();
          this.#tell(null);
        }
        const page: EventPage = await api.call('listEvents', { query: { after, waitMs: pollMs } });
        if (signal.aborted) return;
        after = page.nextAfter;
        this.#heard();
        if (page.events.length > 0) this.#tell(page.events);
      } catch (error) {
        if (signal.aborted) return;
        this.live = 'lost';
        this.noteError(error);
        after = null;
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  #heard(): void {
    this.live = 'live';
    this.heardAtMs = Date.now();
  }

  #tell(news: HubNews | null): void {
    for (const { topics, listener } of this.#followers) {
      const told = news?.filter(({ job }) => topics.includes('jobs') || topics.includes(`job:${job}`)) ?? null;
      if (told === null || told.length > 0) listener(told);
    }
  }
}

export const hub = new HubSession();
