import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentHeader, SegmentHeaderResult } from './journal-format.ts';
import type { JournalDamage } from './journal-protocol.ts';
import { decodeSegmentHeader, segmentHeaderLength, segmentNamePattern } from './journal-format.ts';
import { FrameReader } from './journal-worker-reader.ts';

/** A segment that was read from end to end: its frames are intact up to `end`. */
export interface ReadSegment {
  readonly name: string;
  readonly header: SegmentHeader;
  readonly end: number;
  /** The newest event up to its end, in this segment or one before. */
  readonly lastSeq: number;
  readonly lastAtMs: number | null;
}

/** What the folder holds. `segments` are intact, oldest first, and end where the damage begins if there is any. */
export type JournalChain =
  | { readonly kind: 'chain'; readonly segments: readonly ReadSegment[]; readonly damage: JournalDamage | null; readonly tornBytes: number; readonly highestGeneration: number }
  | { readonly kind: 'newer'; readonly segment: string; readonly schemaVersion: number };

interface Link {
  readonly name: string;
  readonly header: SegmentHeader;
  /** Null: to the end of the file. */
  readonly end: number | null;
}

/**
 * Finds the journal among the segment files and checks all of it. Each segment names the one before and how far that
 * counts, so the newest segment defines the journal; a file that no link leads to was written by a manager that had
 * already been replaced, and is no part of it.
 */
export function readChain(directory: string, knownVersion: number): JournalChain {
  const entries = readdirSync(directory);
  const names = entries.filter((name) => segmentNamePattern.test(name)).sort();
  const headers = new Map(names.map((name) => [name, readHeader(join(directory, name), knownVersion)]));
  for (const [segment, result] of headers) if (result.kind === 'newer') return { kind: 'newer', segment, schemaVersion: result.schemaVersion };
  while (headers.get(names.at(-1) ?? '')?.kind === 'unfinished') names.pop();
  const { links, damaged } = followLinks(names, headers);
  const highestGeneration = Math.max(0, ...entries.map((name) => Number(/^(\d{6,})-/.exec(name)?.[1] ?? 0)));
  return { kind: 'chain', highestGeneration, ...readSegments(directory, links, damaged) };
}

function readHeader(path: string, knownVersion: number): SegmentHeaderResult {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(segmentHeaderLength);
    const length = readSync(file, bytes, 0, segmentHeaderLength, 0);
    return decodeSegmentHeader(bytes.subarray(0, length), fstatSync(file).size, knownVersion);
  } finally {
    closeSync(file);
  }
}

/**
 * Walks from the newest segment back to the first. Where a header cannot be read or a file is missing, all behind it is
 * lost (`damaged` names it), and the walk begins again at the newest segment before it.
 */
function followLinks(names: readonly string[], headers: ReadonlyMap<string, SegmentHeaderResult>): { links: readonly Link[]; damaged: string | null } {
  let links: Link[] = [];
  let damaged: string | null = null;
  let name = names.at(-1) ?? null;
  let end: number | null = null;
  while (name !== null) {
    const result = headers.get(name);
    if (result?.kind === 'header') {
      links.push({ name, header: result.header, end });
      end = result.header.follows?.length ?? null;
      name = result.header.follows?.segment ?? null;
      continue;
    }
    const before: string = name;
    damaged = before;
    links = [];
    end = null;
    name = names.findLast((candidate) => candidate < before) ?? null;
  }
  return { links: links.reverse(), damaged };
}

function readSegments(directory: string, links: readonly Link[], damaged: string | null): { segments: readonly ReadSegment[]; damage: JournalDamage | null; tornBytes: number } {
  const segments: ReadSegment[] = [];
  let lastSeq = 0;
  let lastAtMs: number | null = null;
  for (const { name, header, end } of links) {
    using reader = new FrameReader(join(directory, name), segmentHeaderLength, end);
    let goodEnd = segmentHeaderLength;
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      if (!frame.header.isLastOfBatch) continue;
      goodEnd = frame.end;
      lastSeq = frame.header.lastSeq;
      lastAtMs = frame.header.atMs;
    }
    segments.push({ name, header, end: goodEnd, lastSeq, lastAtMs });
    const isDamaged = end === null ? reader.isFollowedByLaterFrames() : goodEnd !== end;
    if (isDamaged) return { segments, damage: { segment: name, offset: goodEnd, lastGoodSeq: lastSeq, lastGoodAtMs: lastAtMs }, tornBytes: 0 };
    if (end === null && damaged === null) return { segments, damage: null, tornBytes: reader.end - goodEnd };
  }
  if (damaged === null) return { segments, damage: null, tornBytes: 0 };
  return { segments, damage: { segment: damaged, offset: 0, lastGoodSeq: lastSeq, lastGoodAtMs: lastAtMs }, tornBytes: 0 };
}
