import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  decodeSegmentHeader,
  encodeFrame,
  encodeSegmentHeader,
  frameMagic,
  isFrameIntact,
  peekFrame,
  segmentHeaderLength,
} from './journal-format.ts';

const header = encodeSegmentHeader({ schemaVersion: 3, generation: 1, firstSeq: 1, follows: null });
const frame = encodeFrame({ isLastOfBatch: true, syncedLength: 256, lastSeq: 7, atMs: 1 }, '{"kind":"tick"}');

it('whatever bytes stand in a segment, a frame is there as it was written or there is none; nothing throws', () => {
  const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(
      fc.oneof(
        anyBytes,
        anyBytes.map((bytes) => Buffer.concat([frameMagic, bytes])),
      ),
      fc.nat(400),
      (bytes, offset) => {
        const found = peekFrame(bytes, offset);
        if (found !== null) expect(isFrameIntact(bytes, offset, found)).toBeTypeOf('boolean');
        expect(decodeSegmentHeader(bytes.subarray(0, segmentHeaderLength), bytes.length, 3)).toHaveProperty('kind');
      },
    ),
    { numRuns: 2_000 },
  );
});

it('one byte that differs is noticed, wherever it stands in header or frame', () => {
  const change = (bytes: Buffer, at: number, by: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ by, at);
    return changed;
  };
  fc.assert(
    fc.property(fc.nat(frame.length - 1), fc.nat(header.length - 1), fc.integer({ min: 1, max: 255 }), (inFrame, inHeader, by) => {
      const changed = change(frame, inFrame, by);
      const found = peekFrame(changed, 0);
      expect(found !== null && isFrameIntact(changed, 0, found)).toBe(false);
      expect(decodeSegmentHeader(change(header, inHeader, by), 10_000, 3).kind).not.toBe('header');
    }),
    { numRuns: 1_000 },
  );
});
