import { crc32 } from 'node:zlib';
import type { EndedAttempt } from './messages.ts';
import { endedAttemptShape } from './message-shapes.ts';
import { byKind, count, finite, record, text } from './shapes.ts';

/**
 * Files of `nodes/<allocation>-<nonce>/`, the second channel between node and manager.
 *
 * heartbeat           node: overwritten in place, fixed size, a counter that rises
 * spool               node and its guards: appended, one checksummed record a line
 * challenge           manager: random text, written only into a folder that the manager sees
 * challenge-echo      node: the challenge it has read; from then on the file channel counts for both
 * fence               manager: the order to end attempts
 * fence-confirmation  node: what it did about it
 */
export const nodeFolderFiles = {
  heartbeat: 'heartbeat',
  spool: 'spool',
  challenge: 'challenge',
  challengeEcho: 'challenge-echo',
  fence: 'fence',
  fenceConfirmation: 'fence-confirmation',
} as const;

/** Every heartbeat has this size, so that an overwrite never changes the length of the file. */
export const heartbeatBytes = 32;

export function encodeHeartbeat(counter: number): string {
  const digits = String(counter).padStart(16, '0');
  return `${digits} ${checksum(digits)}`.padEnd(heartbeatBytes - 1, ' ') + '\n';
}

/** The counter; null when the file is torn or damaged. */
export function decodeHeartbeat(content: string): number | null {
  const digits = content.slice(0, 16);
  if (content.length !== heartbeatBytes || content.slice(17, 25) !== checksum(digits)) return null;
  return Number(digits);
}

/**
 * One record of a spool. `closed` says that its writer executes nothing any more and never will: the node itself, or guard
 * number `guard` of `guards`. A nonce is closed when its node is, or all of its guards are.
 */
export type SpoolRecord =
  | ({ readonly kind: 'ended' } & EndedAttempt)
  | { readonly kind: 'closed'; readonly by: 'node'; readonly atMs: number; readonly reason: string }
  | { readonly kind: 'closed'; readonly by: 'guard'; readonly atMs: number; readonly guard: number; readonly guards: number };

/** Leads with a line feed, so that a record that was torn by a crash cannot swallow the one after it. */
export function encodeSpoolRecord(entry: SpoolRecord): string {
  const json = JSON.stringify(entry);
  return `\n${checksum(json)} ${json}\n`;
}

export interface SpoolReading {
  readonly ended: readonly EndedAttempt[];
  readonly isClosed: boolean;
  /** Lines that do not match their checksum: torn by a crash, or not yet completely written. */
  readonly damagedLines: number;
}

const spoolRecordShape = byKind({ ended: endedAttemptShape, closed: record({ by: text, atMs: finite }) });
const guardShape = record({ guard: count, guards: count });

export function decodeSpool(content: string): SpoolReading {
  const ended: EndedAttempt[] = [];
  const closedGuards = new Set<number>();
  let isClosed = false;
  let damagedLines = 0;
  for (const line of content.split('\n')) {
    if (line === '') continue;
    const entry = decodeSpoolLine(line);
    if (entry === null) damagedLines += 1;
    else if (entry.kind === 'ended') ended.push({ run: entry.run, attempt: entry.attempt, outcome: entry.outcome });
    else if (entry.by === 'node') isClosed = true;
    else {
      closedGuards.add(entry.guard);
      if (closedGuards.size >= entry.guards) isClosed = true;
    }
  }
  return { ended, isClosed, damagedLines };
}

function decodeSpoolLine(line: string): SpoolRecord | null {
  const json = line.slice(9);
  if (line.slice(0, 8) !== checksum(json)) return null;
  const entry = jsonOrNothing(json);
  if (spoolRecordShape(entry, 'record') !== null) return null;
  const known = entry as SpoolRecord;
  if (known.kind === 'closed' && known.by === 'guard' && guardShape(entry, 'record') !== null) return null;
  return known;
}

/** A checksum that fits says nothing about whose line it is: that of no content at all is zero. */
function jsonOrNothing(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Small files that are replaced as a whole (challenge, fence, their answers): a checksum before the content. */
export function encodeSealed(content: string): string {
  return `${checksum(content)} ${content}`;
}

/** The content; null when it is torn or damaged. */
export function decodeSealed(sealed: string): string | null {
  const content = sealed.slice(9);
  return sealed.slice(0, 8) === checksum(content) ? content : null;
}

function checksum(content: string): string {
  return crc32(content).toString(16).padStart(8, '0');
}
