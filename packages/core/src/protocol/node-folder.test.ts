import { describe, expect, test } from 'vitest';
import type { SpoolRecord } from './node-folder.ts';
import {
  decodeHeartbeat,
  decodeSealed,
  decodeSpool,
  encodeHeartbeat,
  encodeSealed,
  encodeSpoolRecord,
  heartbeatBytes,
} from './node-folder.ts';

function ended(run: string): SpoolRecord {
  return {
    kind: 'ended',
    run,
    attempt: 1,
    outcome: {
      kind: 'exit',
      exitCode: 0,
      signal: null,
      stopCause: null,
      startedAtMs: 1,
      endedAtMs: 2,
      checkpointAtMs: null,
      progress: null,
      detail: 'exited with code 0',
    },
  };
}

const guardClosed = (guard: number, guards: number): SpoolRecord => ({ kind: 'closed', by: 'guard', atMs: 5, guard, guards });

describe('heartbeat file', () => {
  test('every counter has the same size and is read back', () => {
    for (const counter of [0, 1, 999, Number.MAX_SAFE_INTEGER]) {
      expect(encodeHeartbeat(counter)).toHaveLength(heartbeatBytes);
      expect(decodeHeartbeat(encodeHeartbeat(counter))).toBe(counter);
    }
  });

  test('a torn or mixed overwrite has no counter', () => {
    expect(decodeHeartbeat('')).toBeNull();
    expect(decodeHeartbeat(encodeHeartbeat(41).slice(0, 20))).toBeNull();
    expect(decodeHeartbeat(encodeHeartbeat(42).slice(0, 16) + encodeHeartbeat(41).slice(16))).toBeNull();
  });
});

describe('spool', () => {
  test('a record torn by a crash costs itself, not the one appended after it', () => {
    const torn = encodeSpoolRecord(ended('e@torn')).slice(0, -12);
    const reading = decodeSpool(encodeSpoolRecord(ended('e@a')) + torn + encodeSpoolRecord(ended('e@b')));
    expect(reading.ended.map((entry) => entry.run)).toEqual(['e@a', 'e@b']);
    expect(reading.damagedLines).toBe(1);
  });

  test('one changed byte makes a record damaged', () => {
    expect(decodeSpool(encodeSpoolRecord(ended('e@a')).replace('e@a', 'e@b'))).toEqual({ ended: [], isClosed: false, damagedLines: 1 });
  });

  test('it is closed by its node alone', () => {
    expect(decodeSpool(encodeSpoolRecord({ kind: 'closed', by: 'node', atMs: 5, reason: 'released' })).isClosed).toBe(true);
  });

  test('it is closed by its guards only when all of them say so', () => {
    const first = encodeSpoolRecord(guardClosed(0, 2));
    expect(decodeSpool(first + first).isClosed).toBe(false);
    expect(decodeSpool(first + encodeSpoolRecord(guardClosed(1, 2))).isClosed).toBe(true);
  });
});

test('a sealed file that is torn has no content', () => {
  expect(decodeSealed(encodeSealed('{"epoch":3}'))).toBe('{"epoch":3}');
  expect(decodeSealed(encodeSealed('{"epoch":3}').slice(0, -1))).toBeNull();
});
