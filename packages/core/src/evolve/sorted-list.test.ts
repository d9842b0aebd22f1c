import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { SortedList } from './sorted-list.ts';

describe('SortedList', () => {
  test('holds what a sorted set holds, after any sequence of inserts and deletes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 2_000 })), { maxLength: 3_000 }), (steps) => {
        const list = new SortedList<number>((a, b) => a - b);
        const model = new Set<number>();
        for (const [isInsert, value] of steps) {
          if (isInsert) {
            if (!model.has(value)) list.insert(value);
            model.add(value);
          } else {
            expect(list.delete(value)).toBe(model.delete(value));
          }
        }
        expect([...list]).toEqual([...model].sort((a, b) => a - b));
        expect(list.size).toBe(model.size);
      }),
    );
  });

  test('takes 100 000 items in falling order and gives them back rising', () => {
    const list = new SortedList<number>((a, b) => a - b);
    for (let value = 100_000; value > 0; value -= 1) list.insert(value);
    let expected = 1;
    for (const value of list) expect(value).toBe(expected++);
  });
});
