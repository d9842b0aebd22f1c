import { randomBytes } from 'node:crypto';
import { isToken } from './bearer.ts';

export type TokenKind = 'full' | 'read-only';

export interface TokenPair {
  readonly full: string;
  /** Reads everything and changes nothing; for colleagues. */
  readonly readOnly: string;
}

/** Keeps a pair where clients find it. */
type Keep = (pair: TokenPair) => Promise<void>;

/** The tokens that open this server now. A start makes new ones, because another user may hold the port while we are down. */
export class AccessTokens {
  #pair: TokenPair;
  readonly #keep: Keep;
  readonly #listeners = new Set<() => void>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(keep: Keep, pair: TokenPair = { full: newToken(), readOnly: newToken() }) {
    this.#keep = keep;
    this.#pair = pair;
  }

  get full(): string {
    return this.#pair.full;
  }

  /** What this token allows; null when it is none of ours. */
  kindOf(text: string): TokenKind | null {
    if (isToken(text, this.#pair.full)) return 'full';
    return isToken(text, this.#pair.readOnly) ? 'read-only' : null;
  }

  /** Writes the present pair. */
  async publish(): Promise<void> {
    await this.#keep(this.#pair);
  }

  /** New ones in the place of these; the old ones are worth nothing when it resolves, or all stays when it rejects. */
  rotate(kinds: readonly TokenKind[]): Promise<void> {
    const done = this.#tail.then(async () => {
      const next: TokenPair = {
        full: kinds.includes('full') ? newToken() : this.#pair.full,
        readOnly: kinds.includes('read-only') ? newToken() : this.#pair.readOnly,
      };
      await this.#keep(next);
      this.#pair = next;
      for (const listener of this.#listeners) listener();
    });
    this.#tail = done.catch(() => undefined);
    return done;
  }

  /** Told after a rotation: what was opened with an old token has to end. */
  onRotated(listener: () => void): void {
    this.#listeners.add(listener);
  }
}

function newToken(): string {
  return randomBytes(32).toString('hex');
}
