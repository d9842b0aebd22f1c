import { join } from 'node:path';
import type { JournalPlace, PieceRead } from './journal-protocol.ts';
import { FrameReader } from './journal-worker-reader.ts';

/** A segment as far as it is part of the journal. */
export interface ReadableSegment {
  readonly name: string;
  readonly schemaVersion: number;
  readonly start: number;
  readonly end: number;
  /** The newest event up to its end. */
  readonly lastSeq: number;
}

export type ReadResult =
  | { readonly kind: 'pieces'; readonly pieces: readonly PieceRead[]; readonly next: JournalPlace | null }
  /** Intact when the journal was opened, and not any more. */
  | { readonly kind: 'damaged'; readonly place: JournalPlace };

/** One answer holds about this much text: enough to keep the disk busy, little in memory. */
const answerLength = 1 << 20;

/** The next pieces from `place` on of batches that reach `fromSeq`; `next` is null at the end of the journal. */
export function readPieces(
  directory: string,
  segments: readonly ReadableSegment[],
  fromSeq: number,
  place: JournalPlace | null,
): ReadResult {
  const pieces: PieceRead[] = [];
  let length = 0;
  const first =
    place === null
      ? segments.findIndex((segment) => segment.lastSeq >= fromSeq)
      : segments.findIndex((segment) => segment.name === place.segment);
  if (first === -1) return { kind: 'pieces', pieces, next: null };
  for (const segment of segments.slice(first)) {
    using reader = new FrameReader(
      join(directory, segment.name),
      segment.name === place?.segment ? place.offset : segment.start,
      segment.end,
    );
    while (reader.offset < segment.end) {
      const { offset } = reader;
      const frame = reader.next();
      if (frame === null) return { kind: 'damaged', place: { segment: segment.name, offset } };
      if (frame.header.lastSeq < fromSeq) continue;
      pieces.push({ text: frame.text(), isLast: frame.header.isLastOfBatch, schemaVersion: segment.schemaVersion });
      length += frame.header.textLength;
      if (length >= answerLength) return { kind: 'pieces', pieces, next: { segment: segment.name, offset: reader.offset } };
    }
  }
  return { kind: 'pieces', pieces, next: null };
}
