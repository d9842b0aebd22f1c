import { crc32 } from 'node:zlib';
import { assert } from '../model/assert.ts';

/**
 * The bytes of a segment file, and of a saved state: a header, then frames.
 *
 *   header  magic (8) · schema version u32 · crc u32 · JSON {generation, firstSeq, follows}, filled up with spaces to 256 bytes
 *   frame   magic u32 · flags u16 · length of the text u32 · synced u48 · lastSeq u48 · atMs u48 · crc u32 · text
 *
 * Numbers are little-endian. The crc covers everything but the magic and itself. The schema version stands at a fixed
 * place so that every later program finds it. The frame's magic holds bytes that UTF-8 never does: it cannot stand in
 * the text, so the next frame behind a damaged one can be found.
 */
const segmentMagic = Buffer.from('JQJRNL\r\n', 'latin1');
export const segmentHeaderLength = 256;
const jsonOffset = 16;
export const frameMagic = Buffer.from([0xf5, 0x4a, 0x51, 0xff]);
export const frameHeaderLength = 32;
const lastOfBatch = 1;
/** A frame is one piece of text; a length above this is not one that we wrote. */
const longestFrameText = 1 << 30;

/** Where the segment before ends for those who read on here. What stands behind that point is not part of the journal. */
export interface SegmentLink {
  readonly segment: string;
  readonly length: number;
  readonly lastSeq: number;
}

/**
 * `generation` rises with every opening that writes, so that of two managers (one of them frozen and thawed too late)
 * the newer one's segments win whatever the older still writes.
 */
export interface SegmentHeader {
  readonly schemaVersion: number;
  readonly generation: number;
  readonly firstSeq: number;
  readonly follows: SegmentLink | null;
}

export type SegmentHeaderResult =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  /** Another program's version: nothing behind it can be understood. */
  | { readonly kind: 'newer'; readonly schemaVersion: number }
  /** No valid header and nothing behind it: it was being created when the machine stopped, and holds nothing yet. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'damaged' };

/** Names sort by generation, then by first event. */
export function segmentName(generation: number, firstSeq: number): string {
  return `${String(generation).padStart(6, '0')}-${String(firstSeq).padStart(12, '0')}.jnl`;
}

/** Of a saved state: `seq` is the newest event that it includes. */
export function stateName(generation: number, seq: number): string {
  return `${String(generation).padStart(6, '0')}-${String(seq).padStart(12, '0')}.state`;
}

export const stateNamePattern = /^\d{6,}-\d{12,}\.state$/;

export const segmentNamePattern = /^\d{6,}-\d{12,}\.jnl$/;

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const { schemaVersion, ...rest } = header;
  const json = JSON.stringify(rest);
  assert(json.length <= segmentHeaderLength - jsonOffset, `the header ${json} has room`);
  const bytes = Buffer.alloc(segmentHeaderLength, ' ');
  segmentMagic.copy(bytes);
  bytes.writeUInt32LE(schemaVersion, 8);
  bytes.write(json, jsonOffset, 'latin1');
  bytes.writeUInt32LE(headerCrc(bytes), 12);
  return bytes;
}

/** Reads the header from the first 256 bytes of a file, or from all it has. */
export function decodeSegmentHeader(bytes: Buffer, fileLength: number, knownVersion: number): SegmentHeaderResult {
  const isComplete = bytes.length === segmentHeaderLength && bytes.subarray(0, 8).equals(segmentMagic);
  if (isComplete && bytes.readUInt32LE(8) > knownVersion) return { kind: 'newer', schemaVersion: bytes.readUInt32LE(8) };
  if (!isComplete || headerCrc(bytes) !== bytes.readUInt32LE(12))
    return { kind: fileLength <= segmentHeaderLength ? 'unfinished' : 'damaged' };
  const rest = JSON.parse(bytes.toString('latin1', jsonOffset)) as Omit<SegmentHeader, 'schemaVersion'>;
  return { kind: 'header', header: { schemaVersion: bytes.readUInt32LE(8), ...rest } };
}

function headerCrc(bytes: Buffer): number {
  return crc32(bytes.subarray(jsonOffset), crc32(bytes.subarray(8, 12)));
}

/** What a frame says before its text. */
export interface FrameHeader {
  readonly textLength: number;
  readonly isLastOfBatch: boolean;
  /** How much of the file was durable when the frame was written; damage before that point is not a torn write. */
  readonly syncedLength: number;
  /** The batch's newest event. */
  readonly lastSeq: number;
  readonly atMs: number;
}

export function encodeFrame(frame: Omit<FrameHeader, 'textLength'>, text: string): Buffer {
  const textLength = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(frameHeaderLength + textLength);
  frameMagic.copy(bytes);
  bytes.writeUInt16LE(frame.isLastOfBatch ? lastOfBatch : 0, 4);
  bytes.writeUInt32LE(textLength, 6);
  bytes.writeUIntLE(frame.syncedLength, 10, 6);
  bytes.writeUIntLE(frame.lastSeq, 16, 6);
  bytes.writeUIntLE(frame.atMs, 22, 6);
  bytes.write(text, frameHeaderLength, 'utf8');
  bytes.writeUInt32LE(frameCrc(bytes), 28);
  return bytes;
}

/** The header at `offset`, unchecked; null when no frame begins there or its text is longer than `bytes`. */
export function peekFrame(bytes: Buffer, offset: number): FrameHeader | null {
  if (offset + frameHeaderLength > bytes.length || !bytes.subarray(offset, offset + 4).equals(frameMagic)) return null;
  const textLength = bytes.readUInt32LE(offset + 6);
  if (textLength > longestFrameText) return null;
  return {
    textLength,
    isLastOfBatch: (bytes.readUInt16LE(offset + 4) & lastOfBatch) !== 0,
    syncedLength: bytes.readUIntLE(offset + 10, 6),
    lastSeq: bytes.readUIntLE(offset + 16, 6),
    atMs: bytes.readUIntLE(offset + 22, 6),
  };
}

/** Whether the whole frame at `offset` is there and as it was written. */
export function isFrameIntact(bytes: Buffer, offset: number, header: FrameHeader): boolean {
  const end = offset + frameHeaderLength + header.textLength;
  return end <= bytes.length && frameCrc(bytes.subarray(offset, end)) === bytes.readUInt32LE(offset + 28);
}

function frameCrc(frame: Buffer): number {
  return crc32(frame.subarray(frameHeaderLength), crc32(frame.subarray(4, 28)));
}
