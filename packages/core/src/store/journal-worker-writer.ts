import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentLink } from './journal-format.ts';
import type { PieceToAppend } from './journal-protocol.ts';
import { assert } from '../model/assert.ts';
import { encodeFrame, encodeSegmentHeader, segmentHeaderLength, segmentName } from './journal-format.ts';

export interface WriterOptions {
  readonly directory: string;
  readonly schemaVersion: number;
  readonly segmentBytes: number;
  readonly generation: number;
}

interface OpenSegment {
  readonly name: string;
  file: number;
  /** Everything before is on disk, as the journal has it. */
  durable: number;
}

/**
 * Appends groups of batches to segments of its own: it never writes to a file that another start has written, so that a
 * manager that was frozen and replaced cannot spoil what its successor writes. Runs in the journal's thread.
 */
export class SegmentWriter {
  readonly #options: WriterOptions;
  #follows: SegmentLink | null;
  #segment: OpenSegment | null = null;
  /** Whether the last write failed, so that the file may end in a part of it. */
  #mayBeTorn = false;
  /** A segment that we began to create and could not complete. */
  #unfinished: string | null = null;

  constructor(options: WriterOptions, follows: SegmentLink | null) {
    this.#options = options;
    this.#follows = follows;
  }

  /** The segment that is written and how much of it is durable. */
  get place(): { readonly segment: string; readonly length: number } | null {
    return this.#segment === null ? null : { segment: this.#segment.name, length: this.#segment.durable };
  }

  /**
   * Makes all pieces durable with one write and one sync. Throws what the file system says; the same pieces must then be
   * written again. After a failed sync the system may have dropped what it could not write and call the next sync a
   * success, hence the file is opened anew, cut, and all of it written again.
   */
  write(pieces: readonly PieceToAppend[]): void {
    const [first] = pieces;
    const last = pieces.at(-1);
    assert(first !== undefined && last?.isLast === true, 'a group holds complete batches');
    const segment = this.#writableSegment(first.firstSeq);
    if (this.#mayBeTorn) this.#cut(segment);
    const bytes = Buffer.concat(
      pieces.map(({ text, isLast, lastSeq, atMs }) =>
        encodeFrame({ isLastOfBatch: isLast, syncedLength: segment.durable, lastSeq, atMs }, text),
      ),
    );
    this.#mayBeTorn = true;
    writeAll(segment.file, bytes, segment.durable);
    fdatasyncSync(segment.file);
    this.#mayBeTorn = false;
    segment.durable += bytes.length;
    this.#follows = { segment: segment.name, length: segment.durable, lastSeq: last.lastSeq };
  }

  close(): void {
    if (this.#segment !== null) closeSync(this.#segment.file);
    this.#segment = null;
  }

  #writableSegment(firstSeq: number): OpenSegment {
    const current = this.#segment;
    if (current !== null && current.durable < this.#options.segmentBytes) return current;
    const next = this.#create(firstSeq);
    this.#segment = next;
    this.#mayBeTorn = false;
    if (current !== null) closeSync(current.file);
    return next;
  }

  /** Exclusively: a file of this name that we did not begin belongs to another manager of the same generation. */
  #create(firstSeq: number): OpenSegment {
    const { directory, schemaVersion, generation } = this.#options;
    const name = segmentName(generation, firstSeq);
    const path = join(directory, name);
    if (this.#unfinished !== null) {
      unlinkSync(this.#unfinished);
      this.#unfinished = null;
    }
    const file = openSync(path, 'wx', 0o600);
    try {
      writeAll(file, encodeSegmentHeader({ schemaVersion, generation, firstSeq, follows: this.#follows }), 0);
      fsyncSync(file);
      syncFolder(directory);
    } catch (error) {
      this.#unfinished = path;
      closeSync(file);
      throw error;
    }
    return { name, file, durable: segmentHeaderLength };
  }

  #cut(segment: OpenSegment): void {
    const file = openSync(join(this.#options.directory, segment.name), 'r+');
    closeSync(segment.file);
    segment.file = file;
    ftruncateSync(file, segment.durable);
  }
}

function writeAll(file: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written, bytes.length - written, position + written);
}

/** Makes creations and renames in the folder durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
