import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ledger, type LedgerSums, ledgerParts, type NodeInterval } from './ledger.ts';
import { efficiencyOf, lowerBoundMs, recoverableOf } from './lower-bound.ts';

function node(allocation: string, occupied: Record<string, number>, more: Partial<NodeInterval> = {}): NodeInterval {
  return { allocation, slots: 4, isStarting: false, isClosing: false, occupied: new Map(Object.entries(occupied)), ...more };
}

function nonZero(sums: LedgerSums | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(sums ?? {}).filter(([, value]) => value !== 0));
}

function sumOfParts(sums: LedgerSums): number {
  return ledgerParts.reduce((sum, part) => sum + sums[part], 0);
}

describe('the ledger', () => {
  test('four nodes with one run each: one node is needed, three are fragmentation', () => {
    const ledger = new Ledger();
    ledger.addInterval({ durationMs: 10, hasPlaceableRun: false, nodes: ['a', 'b', 'c', 'd'].map((id) => node(id, { e: 1 })) });
    expect(nonZero(ledger.total)).toEqual({ billed: 160, open: 40, fragmentation: 120 });
  });

  test('a partly filled last node is quantisation, and no move could save it', () => {
    const ledger = new Ledger();
    ledger.addInterval({ durationMs: 10, hasPlaceableRun: false, nodes: [node('a', { e: 4 }), node('b', { e: 1 })] });
    expect(nonZero(ledger.total)).toEqual({ billed: 80, open: 50, quantisation: 30 });
  });

  test('free slots are dispatch while a run could be placed, closing when walltime or drain forbid it, idle without any run', () => {
    const ledger = new Ledger();
    ledger.addInterval({ durationMs: 1, hasPlaceableRun: true, nodes: [node('a', { e: 1 }), node('b', {}, { isClosing: true })] });
    ledger.addInterval({ durationMs: 1, hasPlaceableRun: false, nodes: [node('a', {})] });
    ledger.addInterval({ durationMs: 1, hasPlaceableRun: false, nodes: [node('a', {}, { isStarting: true })] });
    expect(nonZero(ledger.total)).toEqual({ billed: 16, open: 1, dispatch: 3, closing: 4, idle: 4, startUp: 4 });
  });

  test('a stop books open time as useful up to the checkpoint and as redone after it', () => {
    const ledger = new Ledger();
    ledger.addInterval({ durationMs: 100, hasPlaceableRun: false, nodes: [node('a', { e: 4 })] });
    ledger.settle({ allocation: 'a', experiment: 'e', slotMs: 250, part: 'useful' });
    ledger.settle({ allocation: 'a', experiment: 'e', slotMs: 150, part: 'redone' });
    expect(nonZero(ledger.byExperiment.get('e'))).toEqual({ billed: 400, useful: 250, redone: 150 });
    expect(() => ledger.settle({ allocation: 'a', experiment: 'e', slotMs: 1, part: 'failed' })).toThrow('only 0 are open');
  });

  test('free time is attributed to experiments by the slots that they hold, to the last millisecond', () => {
    const ledger = new Ledger();
    ledger.addInterval({ durationMs: 1, hasPlaceableRun: false, nodes: [node('a', { e: 2, f: 1 })] });
    expect(nonZero(ledger.byExperiment.get('e'))).toEqual({ billed: 3, open: 2, quantisation: 1 });
    expect(nonZero(ledger.byExperiment.get('f'))).toEqual({ billed: 1, open: 1 });
  });

  test('the parts sum exactly to what was billed, in total, by allocation and by experiment', () => {
    const intervals = fc.array(
      fc.record({
        durationMs: fc.integer({ min: 0, max: 10_000_000 }),
        hasPlaceableRun: fc.boolean(),
        nodes: fc.array(
          fc.record({
            e: fc.integer({ min: 0, max: 2 }),
            f: fc.integer({ min: 0, max: 2 }),
            isStarting: fc.boolean(),
            isClosing: fc.boolean(),
          }),
          { maxLength: 5 },
        ),
      }),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(intervals, (all) => {
        const ledger = new Ledger();
        let billed = 0;
        for (const { durationMs, hasPlaceableRun, nodes } of all) {
          billed += durationMs * 4 * nodes.length;
          ledger.addInterval({
            durationMs,
            hasPlaceableRun,
            nodes: nodes.map(({ e, f, isStarting, isClosing }, i) => node(`n${i}`, isStarting ? {} : { e, f }, { isStarting, isClosing })),
          });
        }
        for (const sums of [ledger.total, ...ledger.byAllocation.values(), ...ledger.byExperiment.values()])
          expect(sumOfParts(sums)).toBe(sums.billed);
        expect(ledger.total.billed).toBe(billed);
        expect([...ledger.byAllocation.values()].reduce((sum, sums) => sum + sums.billed, 0)).toBe(billed);
      }),
    );
  });
});

describe('the lower bound', () => {
  test('is the area of the work, or the longest run when that is more', () => {
    expect(
      lowerBoundMs(
        [
          { durationMs: 100, share: 0.25 },
          { durationMs: 100, share: 0.25 },
        ],
        0,
        null,
      ),
    ).toBe(100);
    expect(lowerBoundMs(new Array(8).fill({ durationMs: 100, share: 0.25 }), 0, null)).toBe(200);
  });

  test('pays a start-up for each allocation that the walltime makes necessary', () => {
    expect(lowerBoundMs([{ durationMs: 1_000, share: 1 }], 10, 110)).toBe(1_100);
    expect(lowerBoundMs([{ durationMs: 1_000, share: 1 }], 10, null)).toBe(1_010);
    expect(lowerBoundMs([], 10, null)).toBe(0);
  });

  test('against the bill is the efficiency', () => {
    expect(efficiencyOf(90, 100)).toBe(0.9);
    expect(efficiencyOf(0, 0)).toBeNull();
  });

  test('and the fragmentation in it what moving runs together could have given back', () => {
    expect(recoverableOf({ fragmentation: 12, billed: 48 })).toBe(0.25);
    expect(recoverableOf({ fragmentation: 0, billed: 0 })).toBeNull();
  });
});
