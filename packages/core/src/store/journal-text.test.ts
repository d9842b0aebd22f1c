import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../model/events.ts';
import { definedEvent, endedEvent } from './event-samples.ts';
import { BatchReader, writeBatch } from './journal-text.ts';

function roundTrip(events: readonly StoredEvent[]): unknown {
  const reader = new BatchReader();
  for (const piece of writeBatch(events)) reader.add(piece.text);
  return reader.events();
}

describe('the text of a batch', () => {
  it.each([1, 199, 200, 201, 400, 1_001])('gives back an event with a list of %i', (count) => {
    const batch = [endedEvent(1), definedEvent(2, count), endedEvent(3)];
    expect(roundTrip(batch)).toEqual(batch);
  });

  it('gives back two long lists of one event', () => {
    const runs = Array.from({ length: 500 }, (_, index) => `a@${index}`);
    const defined = definedEvent(1, 300);
    const batch = [{ ...defined, event: { ...defined.event, removed: runs } as StoredEvent['event'] }];
    expect(roundTrip(batch)).toEqual(batch);
  });

  it('comes in pieces of bounded length, of which only the last says that it is', () => {
    const pieces = [...writeBatch([definedEvent(1, 20_000)])];
    expect(pieces.length).toBeGreaterThan(10);
    expect(Math.max(...pieces.map((piece) => piece.text.length))).toBeLessThan(512 * 1024);
    expect(pieces.map((piece) => piece.isLast)).toEqual([...pieces.slice(1).map(() => false), true]);
  });
});
