import type { Stats } from 'node:fs';

/** Size, time and inode of a file, or why it cannot be looked at: the same as long as nothing was saved. */
export type FileMark = string;

/** A file that definitions name, relative to the def-dir, with its mark from just before it was read. */
export interface NamedFile {
  readonly path: string;
  readonly mark: FileMark;
}

export function fileMark({ size, mtimeMs, ino }: Pick<Stats, 'size' | 'mtimeMs' | 'ino'>): FileMark {
  return `${size} ${mtimeMs} ${ino}`;
}

export function troubleMark(error: unknown): FileMark {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable';
}
