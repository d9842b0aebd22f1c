import type { StoredEvent } from '../model/events.ts';
import type { WrittenEvent } from './journal-schema.ts';
import { assert } from '../model/assert.ts';

/** A part of one batch as text. The last piece completes the batch. */
export interface BatchPiece {
  readonly text: string;
  readonly isLast: boolean;
}

/** Pieces stay near this length, so that writing one never holds up the thread that also answers heartbeats. */
const pieceLength = 256 * 1024;
/** Lists in events that are longer than this are written in slices, each on a line of its own. */
const sliceLength = 200;

/**
 * A batch as lines of JSON: one line `{seq, atMs, event}` per event. A long list in an event stands there empty and
 * follows in lines `{more, items}`, which belong to the event before them, so that an experiment of 100 000 runs is
 * written and read in short steps. Nothing else changes: reading gives the events back as they were.
 */
export function* writeBatch(events: readonly StoredEvent[]): Generator<BatchPiece, void, undefined> {
  let text = '';
  for (const stored of events) {
    const long = longLists(stored.event);
    text += `${JSON.stringify(long.length === 0 ? stored : { ...stored, event: { ...stored.event, ...Object.fromEntries(long.map(([key]) => [key, []])) } })}\n`;
    for (const [key, items] of long) {
      for (let i = 0; i < items.length; i += sliceLength) {
        text += `${JSON.stringify({ more: key, items: items.slice(i, i + sliceLength) })}\n`;
        if (text.length < pieceLength) continue;
        yield { text, isLast: false };
        text = '';
      }
    }
    if (text.length < pieceLength) continue;
    yield { text, isLast: false };
    text = '';
  }
  yield { text, isLast: true };
}

function longLists(event: object): readonly (readonly [string, readonly unknown[]])[] {
  const long: (readonly [string, readonly unknown[]])[] = [];
  for (const [key, value] of Object.entries(event)) if (Array.isArray(value) && value.length > sliceLength) long.push([key, value]);
  return long;
}

/** Puts the events of one batch together again from its pieces, in their order. */
export class BatchReader {
  readonly #events: { event: Record<string, unknown[]> }[] = [];

  add(text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const value = JSON.parse(line);
      if (value.more === undefined) {
        this.#events.push(value);
        continue;
      }
      const list = this.#events.at(-1)?.event[value.more];
      assert(list !== undefined, 'a slice of a list follows its event');
      for (const item of value.items) list.push(item);
    }
  }

  events(): readonly WrittenEvent[] {
    return this.#events;
  }
}
