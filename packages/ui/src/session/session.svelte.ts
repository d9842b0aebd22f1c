import { ApiClient, ApiError } from '@juqueue/client';
import { browserTransport } from './browser-transport.ts';
import { clock } from './clock.svelte.ts';
import { LiveChannel } from './live-channel.ts';
import type { LivePlace } from './live-channel.ts';
import { tellsOf } from './live-frame.ts';
import type { LiveFrame } from './live-frame.ts';
import type { LiveState, Lock } from './states.ts';
import { tokenInFragment, tokenKey } from './token.ts';

/** The server pulses every two seconds; after this long without a word what is shown may be old. */
const staleAfterMs = 3_000;

/** Is told frames with news of its topics; null when anything may have changed, after a time without connection. */
type FrameListener = (frame: LiveFrame | null) => void;

interface Follower {
  readonly topics: readonly string[];
  readonly listener: FrameListener;
  /** Ends what it follows on the present channel. */
  leave: () => void;
}

/** The page's connection to its server: the token, the client, and the live channel. One per page. */
class Session {
  lock = $state<Lock | null>('no-token');
  live = $state<LiveState>('connecting');
  /** When the server was last heard, by the clock of this browser. */
  heardAtMs = $state(Date.now());

  readonly #base = new URL('.', location.href.split('#')[0]).href;
  readonly #storageKey = tokenKey(location.pathname);
  readonly #followers = new Set<Follower>();
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

  get nowMs(): number {
    return clock.nowMs;
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

  /** Tells the news of these topics, and of a time in which they may have been missed. Answers the way to stop. */
  follow(topics: readonly string[], listener: FrameListener): () => void {
    const follower: Follower = { topics, listener, leave: () => undefined };
    this.#followers.add(follower);
    this.#join(follower);
    return () => {
      this.#followers.delete(follower);
      follower.leave();
    };
  }

  /** To be told of answers that show everything up to an event. */
  noteSeq(seq: number): void {
    this.#channel?.noteSeq(seq);
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
    this.#channel = new LiveChannel(livePlace(this.#base, token), {
      followed: (isCurrent) => {
        this.live = 'live';
        if (!isCurrent) this.#tell(null);
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
    for (const follower of this.#followers) this.#join(follower);
  }

  #join(follower: Follower): void {
    const channel = this.#channel;
    if (channel === null) return;
    const stops = follower.topics.map((topic) => channel.follow(topic));
    follower.leave = () => {
      for (const stop of stops) stop();
    };
  }

  #tell(frame: LiveFrame | null): void {
    for (const { topics, listener } of this.#followers)
      if (frame === null || topics.some((topic) => tellsOf(frame, topic))) listener(frame);
  }

  #beat(): void {
    if (this.live === 'live' && Date.now() - this.heardAtMs > staleAfterMs) this.live = 'stale';
  }
}

/** A browser passes the token as a subprotocol: it can set no headers on WebSockets. */
function livePlace(base: string, token: string): LivePlace {
  const url = new URL('api/v1/ws', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return { url, protocols: ['juqueue.v1', `juqueue.bearer.${token}`] };
}

export const session = new Session();
