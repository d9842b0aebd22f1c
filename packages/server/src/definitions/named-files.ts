import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import type { ReadText } from '@juqueue/core';

/** A million rows of a few columns take 50 MB. */
const largestFileBytes = 256 * 1024 * 1024;

/** Reads files that definitions name, such as the rows of `from_csv`, and remembers which they were, also those that are missing. */
export class NamedFiles {
  readonly #defDir: string;
  readonly #files = new Map<string, string>();

  constructor(defDir: string) {
    this.#defDir = defDir;
  }

  get files(): readonly { readonly path: string; readonly hash: string }[] {
    return [...this.#files].map(([path, contentHash]) => ({ path, hash: contentHash }));
  }

  readonly read: ReadText = (path) => {
    const name = relative(this.#defDir, path);
    this.#files.set(name, '');
    try {
      const { size } = statSync(path);
      if (size > largestFileBytes) return { kind: 'unreadable', because: `has ${size} bytes, expected at most ${largestFileBytes}` };
      const text = readFileSync(path, 'utf8');
      this.#files.set(name, hash('sha256', text, 'base64url'));
      return { kind: 'text', text };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return { kind: 'unreadable', because: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})` };
    }
  };
}
