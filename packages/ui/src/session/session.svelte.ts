import { ApiClient, ApiError } from '@juqueue/client';
import { browserTransport } from './browser-transport.ts';
import { LiveChannel } from './live-channel.ts';
import type { EventFrame } from './live-channel.ts';
import { tokenInFragment, tokenKey } from './token.ts';

/** Why nothing can be shown at present. */
export type Lock = 'no-token' | 'refused';

export type LiveState = 'connecting' | 'live' | 'stale' | 'lost';

/** The server pulses every two seconds; after this long without a word what is shown may be old. */
const staleAfterMs = 5_000;

type FrameListener = (frame: EventFrame | null) => void;

/** The page's connection to its server: the token, the client, and the live channel. One per page. */
class Session {
  lock = $state<Lock | null>('no-token');
  live = $state<LiveState>('connecting');
  /** When the server was last heard, by the clock of this browser. */
  heardAtMs = $state(Date.now());
  /** Ticks once a second for texts like "3 min ago". */
  nowMs = $state(Date.now());

  readonly #base = new URL('.', location.href.split('#')[0]).href;
  readonly #storageKey = tokenKey(location.pathname);
  readonly #listeners = new Set<FrameListener>();
  #client: ApiClient | null = null;
  #channel: LiveChannel | null = null;

  /** Takes the token from the address or from an earlier load of this tab, and begins to listen. */
  start(): void {
    this.#takeFromAddress();
    addEventListener('hashchange', () => this.#takeFromAddress());
    addEventListener('online', () => this.#channel?.hurry());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#channel?.hurry();
    });
    setInterval(() => this.#beat(), 1_000);
    const stored = sessionStorage.getItem(this.#storageKey);
    if (this.#client === null && stored !== null) this.#open(stored);
  }

  /** The typed client. Only screens that are shown when the page is unlocked ask for it. */
  get client(): ApiClient {
    if (this.#client === null) throw new Error('the page has no token yet');
    return this.#client;
  }

  unlock(token: string): void {
    sessionStorage.setItem(this.#storageKey, token);
    this.#open(token);
  }

  /** Tells of frames of events; of null after a reconnection, when anything may have changed. Answers the way to stop. */
  onFrame(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be told of every error: a refused token locks the page. */
  noteError(error: unknown): void {
    if (!(error instanceof ApiError) || error.status !== 401) return;
    sessionStorage.removeItem(this.#storageKey);
    this.#channel?.end();
    this.#channel = null;
    this.lock = 'refused';
  }

  #takeFromAddress(): void {
    const found = tokenInFragment(location.hash);
    if (found === null) return;
    history.replaceState(null, '', `${location.pathname}${location.search}${found.rest}`);
    this.unlock(found.token);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }

  #open(token: string): void {
    this.#channel?.end();
    this.#client = new ApiClient(browserTransport(this.#base), token);
    this.lock = null;
    this.live = 'connecting';
    this.#channel = new LiveChannel(this.#base, token, {
      opened: () => {
        this.live = 'live';
        this.#tell(null);
      },
      frame: (frame) => this.#tell(frame),
      heard: () => {
        this.heardAtMs = Date.now();
        if (this.live === 'stale') this.live = 'live';
      },
      closed: () => {
        this.live = 'lost';
        // A browser does not say why an upgrade was refused; a request does.
        this.client.call('getHealth', {}).catch((error: unknown) => this.noteError(error));
      },
    });
  }

  #tell(frame: EventFrame | null): void {
    for (const listener of this.#listeners) listener(frame);
  }

  #beat(): void {
    this.nowMs = Date.now();
    if (this.live === 'live' && this.nowMs - this.heardAtMs > staleAfterMs) this.live = 'stale';
  }
}

export const session = new Session();
