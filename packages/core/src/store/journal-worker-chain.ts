import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentHeader, SegmentHeaderResult, SegmentLink } from './journal-format.ts';
import type { JournalDamage } from './journal-protocol.ts';
import type { IntactState } from './journal-worker-state.ts';
import { decodeSegmentHeader, segmentHeaderLength, segmentNamePattern, stateNamePattern } from './journal-format.ts';
import { stateSchemaVersion } from './journal-schema.ts';
import { intactState } from './journal-worker-state.ts';
import { FrameReader } from './journal-worker-reader.ts';

/** A segment that was read from end to end: its frames are intact up to `end`. */
export interface ReadSegment {
  readonly name: string;
  readonly header: SegmentHeader;
  /** Where reading it begins: behind its header, or behind what a saved state stands for. */
  readonly start: number;
  readonly end: number;
  /** The newest event up to its end, in this segment or one before. */
  readonly lastSeq: number;
  readonly lastAtMs: number | null;
}

/**
 * What the folder holds. `segments` are intact, oldest first, begin where `state` ends, and end where the damage begins if
 * there is any. `damagedStates` are newer than `state` and of no use.
 */
export type JournalChain =
  | {
      readonly kind: 'chain';
      readonly state: IntactState | null;
      readonly damagedStates: readonly string[];
      readonly segments: readonly ReadSegment[];
      readonly damage: JournalDamage | null;
      readonly tornBytes: number;
      readonly highestGeneration: number;
    }
  | { readonly kind: 'newer'; readonly segment: string; readonly schemaVersion: number; readonly knownVersion: number };

interface Link {
  readonly name: string;
  readonly header: SegmentHeader;
  /** Null: to the end of the file. */
  readonly end: number | null;
}

interface Links {
  readonly links: readonly Link[];
  /** The newest segment behind which all is lost. */
  readonly damaged: string | null;
}

/**
 * Finds the journal among the files and checks all of it. Each segment names the one before and how far that counts, so
 * the newest segment defines the journal; a file that no link leads to was written by a manager that had already been
 * replaced, and is no part of it. The newest saved state that is intact and ends at a place of this journal stands for all
 * before that place, which need not be there any more.
 */
export function readChain(directory: string, knownVersion: number): JournalChain {
  const entries = readdirSync(directory);
  const names = entries.filter((name) => segmentNamePattern.test(name)).sort();
  const headers = new Map(names.map((name) => [name, readHeader(join(directory, name), knownVersion)]));
  for (const [segment, result] of headers)
    if (result.kind === 'newer') return { kind: 'newer', segment, schemaVersion: result.schemaVersion, knownVersion };
  const highestGeneration = Math.max(0, ...entries.map((name) => Number(/^(\d{6,})-/.exec(name)?.[1] ?? 0)));
  while (headers.get(names.at(-1) ?? '')?.kind === 'unfinished') names.pop();
  const newest = names.at(-1) ?? '';
  const damagedStates: string[] = [];
  for (const name of entries
    .filter((entry) => stateNamePattern.test(entry))
    .sort()
    .reverse()) {
    const result = readHeader(join(directory, name), stateSchemaVersion);
    if (result.kind === 'newer')
      return { kind: 'newer', segment: name, schemaVersion: result.schemaVersion, knownVersion: stateSchemaVersion };
    const place = result.kind === 'header' ? result.header.follows : null;
    const found = place === null ? null : followLinks(place.segment > newest ? [] : names, headers, place);
    const state = place === null || found === null ? null : intactState(directory, { name, place });
    if (found !== null && state !== null)
      return { kind: 'chain', highestGeneration, state, damagedStates, ...readSegments(directory, found, state) };
    if (place === null || found !== null) damagedStates.push(name);
  }
  const { links, damaged } = followLinks(names, headers, null) ?? { links: [], damaged: null };
  return { kind: 'chain', highestGeneration, state: null, damagedStates, ...readSegments(directory, { links, damaged }, null) };
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
 * Walks from the newest segment back to the first, or to the place where a saved state ends. Where a header cannot be read
 * or a file is missing, all behind it is lost (`damaged` names it), and the walk begins again at the newest segment before
 * it. Null when the walk shows that this place is no part of the journal.
 * A saved state outlives the segment in which it ends, and then nothing is behind it.
 */
function followLinks(names: readonly string[], headers: ReadonlyMap<string, SegmentHeaderResult>, until: SegmentLink | null): Links | null {
  let links: Link[] = [];
  let damaged: string | null = null;
  let name = names.at(-1) ?? null;
  let end: number | null = null;
  while (name !== null && (until === null || name >= until.segment)) {
    const isLast = name === until?.segment;
    if (isLast && end !== null && end < until.length) return null;
    if (isLast && end === until.length) return { links: links.reverse(), damaged };
    const result = headers.get(name);
    if (result?.kind === 'header') {
      links.push({ name, header: result.header, end });
      if (isLast) return { links: links.reverse(), damaged };
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
  // Nothing is known of what came before a damaged segment, so its word is taken that the place is part of the journal.
  return until === null || damaged !== null || names.length === 0 ? { links: until === null ? links.reverse() : [], damaged } : null;
}

function readSegments(
  directory: string,
  { links, damaged }: Links,
  state: IntactState | null,
): { segments: readonly ReadSegment[]; damage: JournalDamage | null; tornBytes: number } {
  const segments: ReadSegment[] = [];
  let lastSeq = state?.place.lastSeq ?? 0;
  let lastAtMs = state?.atMs ?? null;
  for (const { name, header, end } of links) {
    const start = name === state?.place.segment ? state.place.length : segmentHeaderLength;
    using reader = new FrameReader(join(directory, name), start, end);
    let goodEnd = start;
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      if (!frame.header.isLastOfBatch) continue;
      goodEnd = frame.end;
      lastSeq = frame.header.lastSeq;
      lastAtMs = frame.header.atMs;
    }
    segments.push({ name, header, start, end: goodEnd, lastSeq, lastAtMs });
    const isDamaged = end === null ? reader.isFollowedByLaterFrames() : goodEnd !== end;
    if (isDamaged)
      return { segments, damage: { segment: name, offset: goodEnd, lastGoodSeq: lastSeq, lastGoodAtMs: lastAtMs }, tornBytes: 0 };
    if (end === null && damaged === null) return { segments, damage: null, tornBytes: Math.max(0, reader.end - goodEnd) };
  }
  if (damaged === null) return { segments, damage: null, tornBytes: 0 };
  return { segments, damage: { segment: damaged, offset: 0, lastGoodSeq: lastSeq, lastGoodAtMs: lastAtMs }, tornBytes: 0 };
}
