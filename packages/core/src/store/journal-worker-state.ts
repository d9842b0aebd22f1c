import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentHeader, SegmentLink } from './journal-format.ts';
import { encodeFrame, encodeSegmentHeader, segmentHeaderLength, stateName } from './journal-format.ts';
import { stateSchemaVersion } from './journal-schema.ts';
import { FrameReader } from './journal-worker-reader.ts';
import { syncFolder } from './journal-worker-writer.ts';

/** A saved state and the place in the journal up to which it stands for all events. */
export interface StateFile {
  readonly name: string;
  readonly place: SegmentLink;
}

/** A saved state whose bytes are all as they were written. */
export interface IntactState extends StateFile {
  readonly length: number;
  /** When its newest event was recorded. */
  readonly atMs: number;
}

/** Null when a part of it is missing or is not what was written. */
export function intactState(directory: string, { name, place }: StateFile): IntactState | null {
  using reader = new FrameReader(join(directory, name), segmentHeaderLength, null);
  for (let frame = reader.next(); frame !== null; frame = reader.next()) {
    if (frame.header.lastSeq !== place.lastSeq) return null;
    if (frame.header.isLastOfBatch) return frame.end === reader.end ? { name, place, length: frame.end, atMs: frame.header.atMs } : null;
  }
  return null;
}

/** Text of a saved state from `offset` on; `next` is null behind its end. */
export function readState(directory: string, name: string, offset: number): { readonly text: string; readonly next: number | null } {
  using reader = new FrameReader(join(directory, name), offset, null);
  const frame = reader.next();
  if (frame === null) throw new Error(`${name} is damaged at byte ${offset}`);
  return { text: frame.text(), next: frame.header.isLastOfBatch ? null : frame.end };
}

/**
 * Writes a saved state under a name that nobody reads, makes it durable, and only then gives it its own: it is there as a
 * whole or not at all. What an earlier try left under that name is overwritten.
 */
export class StateWriter {
  readonly #directory: string;
  readonly #name: string;
  readonly #place: SegmentLink;
  readonly #atMs: number;
  readonly #file: number;
  #length = segmentHeaderLength;

  constructor(directory: string, generation: number, place: SegmentLink, atMs: number) {
    this.#directory = directory;
    this.#name = stateName(generation, place.lastSeq);
    this.#place = place;
    this.#atMs = atMs;
    this.#file = openSync(join(directory, `${this.#name}.part`), 'w', 0o600);
    const header: SegmentHeader = { schemaVersion: stateSchemaVersion, generation, firstSeq: place.lastSeq + 1, follows: place };
    this.#write(encodeSegmentHeader(header), 0);
  }

  add(text: string, isLast: boolean): void {
    const bytes = encodeFrame(
      { isLastOfBatch: isLast, syncedLength: segmentHeaderLength, lastSeq: this.#place.lastSeq, atMs: this.#atMs },
      text,
    );
    this.#write(bytes, this.#length);
    this.#length += bytes.length;
  }

  complete(): IntactState {
    fsyncSync(this.#file);
    closeSync(this.#file);
    renameSync(join(this.#directory, `${this.#name}.part`), join(this.#directory, this.#name));
    syncFolder(this.#directory);
    return { name: this.#name, place: this.#place, length: this.#length, atMs: this.#atMs };
  }

  /** Nothing of it stays. */
  giveUp(): void {
    closeSync(this.#file);
    unlinkSync(join(this.#directory, `${this.#name}.part`));
  }

  #write(bytes: Buffer, position: number): void {
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#file, bytes, written, bytes.length - written, position + written);
  }
}
