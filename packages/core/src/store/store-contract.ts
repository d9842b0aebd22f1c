import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../model/events.ts';
import type { Store } from '../ports/store.ts';
import { definedEvent, endedEvent } from './event-samples.ts';

/** One place that stores events; `open` is called again after `close` to see what stayed. */
export interface StorePlace extends AsyncDisposable {
  open(): Promise<Store>;
}

export async function replayed(store: Store, fromSeq = 1): Promise<readonly (readonly StoredEvent[])[]> {
  const batches: (readonly StoredEvent[])[] = [];
  for await (const batch of store.replay(fromSeq)) batches.push(batch);
  return batches;
}

/** What every store promises. */
export function describeStore(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`${name}, as a store,`, () => {
    it('replays nothing when nothing was appended', async () => {
      await using place = await newPlace();
      const store = await place.open();
      expect(await replayed(store)).toEqual([]);
      await store.close();
    });

    it('replays what was appended, in batches and order, also after it is opened again', async () => {
      await using place = await newPlace();
      const batches = [[endedEvent(1)], [endedEvent(2), endedEvent(3)], [definedEvent(4, 1)], [endedEvent(5)]];
      const store = await place.open();
      for (const batch of batches) await store.append(batch);
      expect(await replayed(store)).toEqual(batches);
      await store.close();
      const again = await place.open();
      expect(await replayed(again)).toEqual(batches);
      await again.append([endedEvent(6)]);
      expect(await replayed(again)).toEqual([...batches, [endedEvent(6)]]);
      await again.close();
    });

    it('replays from any event on, from the middle of a batch too', async () => {
      await using place = await newPlace();
      const store = await place.open();
      await store.append([endedEvent(1), endedEvent(2), endedEvent(3)]);
      await store.append([endedEvent(4)]);
      expect(await replayed(store, 2)).toEqual([[endedEvent(2), endedEvent(3)], [endedEvent(4)]]);
      expect(await replayed(store, 4)).toEqual([[endedEvent(4)]]);
      expect(await replayed(store, 5)).toEqual([]);
      await store.close();
    });

    it('keeps the order of calls that nobody waited for, large and small', async () => {
      await using place = await newPlace();
      const store = await place.open();
      const batches = [[endedEvent(1)], [definedEvent(2, 3_000), endedEvent(3)], [endedEvent(4)], [definedEvent(5, 201)], [endedEvent(6)]];
      const order: number[] = [];
      await Promise.all(batches.map((batch, index) => store.append(batch).then(() => order.push(index))));
      expect(order).toEqual([0, 1, 2, 3, 4]);
      expect(await replayed(store)).toEqual(batches);
      await store.close();
    });

    it('closes only when what was appended is stored', async () => {
      await using place = await newPlace();
      const store = await place.open();
      const appended = store.append([definedEvent(1, 2_000)]);
      await store.close();
      await appended;
      const again = await place.open();
      expect(await replayed(again)).toEqual([[definedEvent(1, 2_000)]]);
      await again.close();
    });

    it('has nothing to say while all is well', async () => {
      await using place = await newPlace();
      const store = await place.open();
      await store.append([endedEvent(1)]);
      expect(store.trouble).toBeNull();
      await store.close();
    });
  });
}
