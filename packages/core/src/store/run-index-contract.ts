import { describe, expect, it } from 'vitest';
import type { RunId } from '../model/ids.ts';
import type { IndexFeed } from '../ports/index-feed.ts';
import type { RunIndex, RunQuery, RunRow } from '../ports/run-index.ts';
import { everyRun } from '../select/selector.ts';
import { runSortKeys } from '../ports/run-index.ts';
import { definedEvent, endedEvent } from './event-samples.ts';
import { attemptRowOf, runRowOf } from './run-samples.ts';

export type TestedIndex = RunIndex & IndexFeed;

const firstPage: RunQuery = { selector: everyRun, sort: 'id', descending: false, limit: 100, cursor: null };

function apply(index: TestedIndex, rows: readonly RunRow[], seq = 1): void {
  index.apply(seq, rows.map((row) => ({ kind: 'run', row })));
}

async function allPages(index: TestedIndex, query: RunQuery): Promise<readonly RunId[]> {
  const ids: RunId[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await index.listRuns({ ...query, cursor });
    expect(page.rows.length).toBeLessThanOrEqual(query.limit);
    ids.push(...page.rows.map((row) => row.id));
    cursor = page.nextCursor;
    if (cursor === null) return ids;
  }
}

/** What every index of runs promises. */
export function describeRunIndex(name: string, withIndex: (use: (index: TestedIndex) => Promise<void>) => Promise<void>): void {
  describe(`${name}, as an index of runs,`, () => {
    it('knows nothing at first', () =>
      withIndex(async (index) => {
        expect(await index.listRuns(firstPage)).toEqual({ rows: [], nextCursor: null });
        expect(await index.countRuns(everyRun)).toBe(0);
        expect(await index.selectRuns(everyRun)).toEqual([]);
        expect(await index.attempts('a@b')).toEqual([]);
        expect(await index.events({ afterSeq: 0, limit: 10, run: null })).toEqual([]);
        expect(await index.appliedSeq()).toBe(0);
      }));

    it('gives back rows exactly as they were put', () =>
      withIndex(async (index) => {
        const row = runRowOf({
          detail: `it's "quoted"`,
          clusters: ['gpu', 'cpu'],
          node: 'gpu-1',
          parameters: { lr: 1e-3, name: 'ünïcode', flag: false, '': 0 },
          startedAtMs: 5,
          exitCode: 7,
        });
        apply(index, [row]);
        expect((await index.listRuns(firstPage)).rows).toEqual([row]);
      }));

    it('answers with every change that was applied before the question', () =>
      withIndex(async (index) => {
        const counts: Promise<number>[] = [];
        for (let i = 1; i <= 20; i++) {
          apply(index, [runRowOf({ name: `r${i}` })], i);
          counts.push(index.countRuns(everyRun));
        }
        expect(await Promise.all(counts)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
        expect(await index.appliedSeq()).toBe(20);
      }));

    it('replaces rows, their parameters and clusters included', () =>
      withIndex(async (index) => {
        apply(index, [runRowOf({ parameters: { lr: 1, old: 1 }, clusters: ['a'] })]);
        apply(index, [runRowOf({ parameters: { lr: 2, new: 1 }, clusters: ['b'], status: 'failed', reason: 'exit' })], 2);
        const count = (part: object): Promise<number> => index.countRuns({ ...everyRun, ...part });
        expect(await count({ where: [{ parameter: 'lr', operator: '=', value: 1 }] })).toBe(0);
        expect(await count({ where: [{ parameter: 'old', operator: '=', value: 1 }] })).toBe(0);
        expect(await count({ where: [{ parameter: 'lr', operator: '=', value: 2 }] })).toBe(1);
        expect(await count({ where: [{ parameter: 'new', operator: '>', value: 0 }] })).toBe(1);
        expect(await count({ clusters: ['a'] })).toBe(0);
        expect(await count({ clusters: ['b'], statuses: ['failed'] })).toBe(1);
        expect(await count({})).toBe(1);
      }));

    it('forgets a removed run with its parameters and attempts, also when its last attempt is told after it', () =>
      withIndex(async (index) => {
        index.apply(1, [{ kind: 'run', row: runRowOf({ parameters: { lr: 1 } }) }, { kind: 'attempt', row: attemptRowOf('sweep@r1', 1) }]);
        index.apply(2, [{ kind: 'run-removed', id: 'sweep@r1' }, { kind: 'attempt', row: attemptRowOf('sweep@r1', 2) }]);
        index.apply(3, [{ kind: 'run', row: runRowOf({ parameters: { seed: 1 } }) }]);
        expect(await index.attempts('sweep@r1')).toEqual([]);
        expect(await index.countRuns({ ...everyRun, where: [{ parameter: 'lr', operator: '=', value: 1 }] })).toBe(0);
        expect(await index.countRuns(everyRun)).toBe(1);
      }));

    it('keeps attempts in their order, the newest word about each', () =>
      withIndex(async (index) => {
        const second = attemptRowOf('sweep@r1', 2);
        index.apply(1, [{ kind: 'run', row: runRowOf() }]);
        index.apply(2, [{ kind: 'attempt', row: second }, { kind: 'attempt', row: attemptRowOf('sweep@r1', 1) }]);
        index.apply(3, [{ kind: 'attempt', row: { ...second, endedAtMs: 9_000 } }]);
        expect(await index.attempts('sweep@r1')).toEqual([attemptRowOf('sweep@r1', 1), { ...second, endedAtMs: 9_000 }]);
      }));

    it.each(runSortKeys)('pages through rows sorted by %s, up and down, each row once, ties by id', (sort) =>
      withIndex(async (index) => {
        const rows = Array.from({ length: 57 }, (_, i) =>
          runRowOf({ name: `r${(i * 31) % 57}`, priority: i % 3, createdAtMs: i % 7, changedAtMs: 50 - (i % 11), startedAtMs: i % 4 === 0 ? null : i % 9, endedAtMs: i % 5 === 0 ? null : i % 8 }),
        );
        apply(index, rows);
        const up = await allPages(index, { ...firstPage, sort, limit: 10 });
        expect(up).toHaveLength(57);
        expect(new Set(up).size).toBe(57);
        expect(await allPages(index, { ...firstPage, sort, descending: true, limit: 10 })).toEqual([...up].reverse());
        expect(await allPages(index, { ...firstPage, sort, limit: 57 })).toEqual(up);
        const value = { id: 'id', changed: 'changedAtMs', created: 'createdAtMs', started: 'startedAtMs', ended: 'endedAtMs', priority: 'priority' } as const;
        const keyed = new Map(rows.map((row) => [row.id, row[value[sort]] ?? 0]));
        const expected = [...keyed.keys()].sort((a, b) => {
          const [x, y] = [keyed.get(a)!, keyed.get(b)!];
          return x < y ? -1 : x > y ? 1 : a < b ? -1 : 1;
        });
        expect(up).toEqual(expected);
      }),
    );

    it('goes on behind the last row although rows before it have moved', () =>
      withIndex(async (index) => {
        apply(index, ['a', 'b', 'c', 'd'].map((name, i) => runRowOf({ name, changedAtMs: i })));
        const first = await index.listRuns({ ...firstPage, sort: 'changed', limit: 2 });
        expect(first.rows.map((row) => row.name)).toEqual(['a', 'b']);
        apply(index, [runRowOf({ name: 'a', changedAtMs: 99 })], 2);
        const second = await index.listRuns({ ...firstPage, sort: 'changed', limit: 2, cursor: first.nextCursor });
        expect(second.rows.map((row) => row.name)).toEqual(['c', 'd']);
      }));

    it('refuses a cursor that it did not give, or gave for another order', () =>
      withIndex(async (index) => {
        apply(index, [runRowOf({ name: 'a' }), runRowOf({ name: 'b' })]);
        const { nextCursor } = await index.listRuns({ ...firstPage, limit: 1 });
        const refusal = { problem: { code: 'JQ_BAD_CURSOR' } };
        await expect(index.listRuns({ ...firstPage, cursor: 'nonsense' })).rejects.toMatchObject(refusal);
        await expect(index.listRuns({ ...firstPage, sort: 'changed', cursor: nextCursor })).rejects.toMatchObject(refusal);
        await expect(index.listRuns({ ...firstPage, descending: true, cursor: nextCursor })).rejects.toMatchObject(refusal);
      }));

    it('refuses pages of more than 1 000 rows', () =>
      withIndex(async (index) => {
        await expect(index.listRuns({ ...firstPage, limit: 1_001 })).rejects.toMatchObject({ problem: { code: 'JQ_BAD_REQUEST' } });
        await expect(index.events({ afterSeq: 0, limit: 0, run: null })).rejects.toMatchObject({ problem: { code: 'JQ_BAD_REQUEST' } });
      }));

    it('selects ids in their order', () =>
      withIndex(async (index) => {
        apply(index, [runRowOf({ name: 'b' }), runRowOf({ name: 'a' }), runRowOf({ name: 'c', status: 'failed', reason: 'exit' })]);
        expect(await index.selectRuns({ ...everyRun, statuses: ['ready'] })).toEqual(['sweep@a', 'sweep@b']);
      }));

    it('tells events from a number on, all or those of one run', () =>
      withIndex(async (index) => {
        const events = [1, 2, 3, 4].map(endedEvent);
        index.apply(4, events.map((stored) => ({ kind: 'event', stored, runs: [`sweep@r${stored.seq % 2}`] })));
        expect(await index.events({ afterSeq: 1, limit: 2, run: null })).toEqual([events[1], events[2]]);
        expect(await index.events({ afterSeq: 0, limit: 10, run: 'sweep@r0' })).toEqual([events[1], events[3]]);
        expect(await index.events({ afterSeq: 2, limit: 10, run: 'sweep@r1' })).toEqual([events[2]]);
      }));

    it('shows long lists of an event by their beginning and length', () =>
      withIndex(async (index) => {
        const stored = definedEvent(1, 5_000);
        const runs = Array.from({ length: 5_000 }, (_, i) => `sweep@r${i}`);
        index.apply(1, [{ kind: 'event', stored, runs }]);
        const [event] = await index.events({ afterSeq: 0, limit: 10, run: 'sweep@r4999' });
        expect(event).toMatchObject({ seq: 1, cut: { added: 5_000 }, event: { kind: 'experiment-defined', experiment: 'sweep' } });
        expect(event?.event.kind === 'experiment-defined' && event.event.added).toHaveLength(100);
      }));

    it('changes nothing when the same changes are applied again', () =>
      withIndex(async (index) => {
        for (let round = 0; round < 2; round++) {
          index.apply(2, [
            { kind: 'run', row: runRowOf({ parameters: { lr: 1 } }) },
            { kind: 'attempt', row: attemptRowOf('sweep@r1', 1) },
            { kind: 'event', stored: endedEvent(2), runs: ['sweep@r1'] },
          ]);
        }
        expect(await index.countRuns(everyRun)).toBe(1);
        expect(await index.attempts('sweep@r1')).toHaveLength(1);
        expect(await index.events({ afterSeq: 0, limit: 10, run: 'sweep@r1' })).toEqual([endedEvent(2)]);
      }));

    it('is empty after a reset, and can be filled again', () =>
      withIndex(async (index) => {
        index.apply(3, [{ kind: 'run', row: runRowOf() }, { kind: 'event', stored: endedEvent(3), runs: [] }]);
        await index.reset();
        expect(await index.appliedSeq()).toBe(0);
        expect(await index.countRuns(everyRun)).toBe(0);
        expect(await index.events({ afterSeq: 0, limit: 10, run: null })).toEqual([]);
        apply(index, [runRowOf({ name: 'again' })], 9);
        expect(await index.selectRuns(everyRun)).toEqual(['sweep@again']);
        expect(await index.appliedSeq()).toBe(9);
      }));
  });
}
