import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import type { ReadText } from '@juqueue/core';
import { fileMark, troubleMark } from './file-mark.ts';
import type { NamedFile } from './file-mark.ts';

/** A million rows of a few columns take 50 MB. */
const largestFileBytes = 256 * 1024 * 1024;

/** Reads files that definitions name, such as the rows of `from_csv`, and remembers which they were, also those that are missing. */
export class NamedFiles {
  readonly #defDir: string;
  readonly #hashes = new Map<string, string>();
  readonly #marks = new Map<string, string>();

  constructor(defDir: string) {
    this.#defDir = defDir;
  }

  get files(): readonly { readonly path: string; readonly hash: string }[] {
    return [...this.#hashes].map(([path, contentHash]) => ({ path, hash: contentHash }));
  }

  get marks(): readonly NamedFile[] {
    return [...this.#marks].map(([path, mark]) => ({ path, mark }));
  }

  readonly read: ReadText = (path) => {
    const name = relative(this.#defDir, path);
    this.#hashes.set(name, '');
    try {
      const stats = statSync(path);
      this.#marks.set(name, fileMark(stats));
      const { size } = stats;
      if (size > largestFileBytes) return { kind: 'unreadable', because: `has ${size} bytes, expected at most ${largestFileBytes}` };
      const text = readFileSync(path, 'utf8');
      this.#hashes.set(name, hash('sha256', text, 'base64url'));
      return { kind: 'text', text };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!this.#marks.has(name)) this.#marks.set(name, troubleMark(error));
      return { kind: 'unreadable', because: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})` };
    }
  };
}
