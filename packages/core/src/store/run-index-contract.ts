import { describe, expect, it } from 'vitest';
import type { DurableEvent } from '../model/events.ts';
import type { RunId } from '../model/ids.ts';
import type { IndexChange, IndexFeed } from '../ports/index-feed.ts';
import type { RunIndex, RunQuery, RunRow, RunSortKey } from '../ports/run-index.ts';
import { everyRun } from '../select/selector.ts';
import { runSortKeys } from '../ports/run-index.ts';
import { definedEvent, endedEvent } from './event-samples.ts';
import { attemptRowOf, runRowOf } from './run-samples.ts';

export type TestedIndex = RunIndex & IndexFeed;

const sortedBy: Readonly<Record<RunSortKey, (row: RunRow) => string | number>> = {
  id: (row) => row.id,
  changed: (row) => row.changedAtMs,
  created: (row) => row.createdAtMs,
  started: (row) => row.startedAtMs ?? 0,
  ended: (row) => row.endedAtMs ?? 0,
  duration: (row) => Math.max(0, (row.endedAtMs ?? row.startedAtMs ?? 0) - (row.startedAtMs ?? row.endedAtMs ?? 0)),
  priority: (row) => row.priority,
  attempt: (row) => row.attempt,
  status: (row) => row.status,
  reason: (row) => row.reason,
  node: (row) => row.node ?? '',
};

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const firstPage: RunQuery = { selector: everyRun, sort: 'id', descending: false, limit: 100, cursor: null };

function apply(index: TestedIndex, rows: readonly RunRow[], seq = 1): void {
  index.apply(
    seq,
    rows.map((row) => ({ kind: 'run', row })),
  );
}

async function allPages(index: TestedIndex, query: RunQuery): Promise<readonly RunId[]> {
  const ids: RunId[] = [];
  for (let cursor: string | null = null; ;) {
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
        index.apply(1, [
          { kind: 'run', row: runRowOf({ parameters: { lr: 1 } }) },
          { kind: 'attempt', row: attemptRowOf('sweep@r1', 1) },
        ]);
        index.apply(2, [
          { kind: 'run-removed', id: 'sweep@r1' },
          { kind: 'attempt', row: attemptRowOf('sweep@r1', 2) },
        ]);
        index.apply(3, [{ kind: 'run', row: runRowOf({ parameters: { seed: 1 } }) }]);
        expect(await index.attempts('sweep@r1')).toEqual([]);
        expect(await index.countRuns({ ...everyRun, where: [{ parameter: 'lr', operator: '=', value: 1 }] })).toBe(0);
        expect(await index.countRuns(everyRun)).toBe(1);
      }));

    it('counts failures of each kind, in total and by experiment, as runs fail, are resumed and are removed', () =>
      withIndex(async (index) => {
        const failed = (kind: string, row: Partial<RunRow>): IndexChange => {
          const failure = { id: kind.repeat(12), text: `kind ${kind}` };
          return { kind: 'run', row: runRowOf({ status: 'failed', reason: 'exit', failure: failure.id, ...row }), failure };
        };
        index.apply(1, [
          ...['a', 'b', 'c', 'd'].map((name, i) => failed('1', { name, detail: `bad ${name}`, changedAtMs: i })),
          failed('1', { experiment: 'other', name: 'x', changedAtMs: 50 }),
          failed('2', { experiment: 'other', name: 'y', changedAtMs: 60 }),
          { kind: 'run', row: runRowOf({ name: 'fine' }) },
        ]);
        const all = { experiment: null, limit: 10 };
        expect(await index.failures(all)).toEqual({
          groups: [
            {
              id: '111111111111',
              text: 'kind 1',
              count: 5,
              experiments: [
                { name: 'sweep', count: 4 },
                { name: 'other', count: 1 },
              ],
              example: { run: 'other@x', detail: null },
              lastAtMs: 50,
            },
            {
              id: '222222222222',
              text: 'kind 2',
              count: 1,
              experiments: [{ name: 'other', count: 1 }],
              example: { run: 'other@y', detail: null },
              lastAtMs: 60,
            },
          ],
          groupCount: 2,
          runCount: 6,
        });
        expect(await index.failures({ experiment: 'sweep', limit: 10 })).toMatchObject({
          groups: [{ count: 4, experiments: [{ name: 'sweep', count: 4 }], example: { run: 'sweep@a', detail: 'bad a' } }],
          groupCount: 1,
          runCount: 4,
        });
        expect(await index.failures({ ...all, limit: 1 })).toMatchObject({ groups: [{ id: '111111111111' }], groupCount: 2, runCount: 6 });
        expect(await index.selectRuns({ ...everyRun, failures: ['111111111111'], experiments: ['sweep'] })).toEqual([
          'sweep@a',
          'sweep@b',
          'sweep@c',
          'sweep@d',
        ]);
        index.apply(2, [
          { kind: 'run', row: runRowOf({ name: 'a' }) },
          failed('2', { name: 'b', changedAtMs: 70 }),
          failed('1', { name: 'c', changedAtMs: 2 }),
          { kind: 'run-removed', id: 'other@x' },
          { kind: 'run-removed', id: 'sweep@d' },
        ]);
        expect(await index.failures(all)).toMatchObject({
          groups: [
            { id: '222222222222', count: 2, lastAtMs: 70 },
            { id: '111111111111', count: 1, experiments: [{ name: 'sweep', count: 1 }], example: { run: 'sweep@c' } },
          ],
          runCount: 3,
        });
        await expect(index.failures({ ...all, limit: 0 })).rejects.toMatchObject({ problem: { code: 'JQ_BAD_REQUEST' } });
      }));

    it('keeps attempts in their order, the newest word about each', () =>
      withIndex(async (index) => {
        const second = attemptRowOf('sweep@r1', 2);
        index.apply(1, [{ kind: 'run', row: runRowOf() }]);
        index.apply(2, [
          { kind: 'attempt', row: second },
          { kind: 'attempt', row: attemptRowOf('sweep@r1', 1) },
        ]);
        index.apply(3, [{ kind: 'attempt', row: { ...second, endedAtMs: 9_000 } }]);
        expect(await index.attempts('sweep@r1')).toEqual([attemptRowOf('sweep@r1', 1), { ...second, endedAtMs: 9_000 }]);
      }));

    it('tells what the slots of nodes did in a time', () =>
      withIndex(async (index) => {
        apply(index, [runRowOf({ name: 'r1' }), runRowOf({ name: 'r2' })]);
        const executing = { ...attemptRowOf('sweep@r1', 1), slots: [0, 1] };
        const early = { ...attemptRowOf('sweep@r2', 1), placedAtMs: 100, startedAtMs: 200, endedAtMs: 300 };
        const elsewhere = { ...attemptRowOf('sweep@r2', 2), node: 'local-2' };
        index.apply(
          2,
          [executing, early, elsewhere].map((row) => ({ kind: 'attempt', row })),
        );
        const segments = await index.slotSegments({ nodes: ['local-1'], fromMs: 1_000, toMs: 5_000, bucketMs: 10, nowMs: 4_000 });
        const common = { node: 'local-1', fromMs: 1_100, toMs: 4_000, use: 'open', run: 'sweep@r1', runs: 1, isMoved: false };
        expect(segments).toEqual([
          { ...common, slot: 0 },
          { ...common, slot: 1 },
        ]);
      }));

    it('tells what was decided about nodes, and where moved runs went', () =>
      withIndex(async (index) => {
        apply(index, [runRowOf({ name: 'r1' })]);
        const first = attemptRowOf('sweep@r1', 1);
        const event = (seq: number, atMs: number, of: DurableEvent): IndexChange => ({
          kind: 'event',
          stored: { seq, atMs, event: of },
          runs: [],
        });
        index.apply(6, [
          { kind: 'attempt', row: first },
          event(2, 100, { kind: 'run-stop-requested', run: 'sweep@r1', attempt: 1, cause: 'consolidation', graceMs: 1 }),
          event(3, 100, { kind: 'node-drained', node: first.node, reason: 'consolidation' }),
          event(4, 200, { kind: 'node-release-requested', node: first.node, reason: 'emptied' }),
          event(5, 300, { kind: 'allocation-cancel-requested', allocation: 'local-9', reason: 'nothing is left to do' }),
          event(6, 400, { kind: 'run-stop-requested', run: 'sweep@r1', attempt: 1, cause: 'user', graceMs: 1 }),
        ]);
        const question = { nodes: [first.node, 'local-9'], fromMs: 0, toMs: 1_000 };
        const moved = { node: first.node, atMs: 100, kind: 'moved-away', because: 'consolidation', run: 'sweep@r1', toNode: null };
        expect(await index.nodeMarks(question)).toEqual([
          moved,
          { node: first.node, atMs: 100, kind: 'drained', because: 'consolidation', run: null, toNode: null },
          { node: first.node, atMs: 200, kind: 'release-requested', because: 'emptied', run: null, toNode: null },
          { node: 'local-9', atMs: 300, kind: 'cancel-requested', because: 'nothing is left to do', run: null, toNode: null },
        ]);
        index.apply(7, [{ kind: 'attempt', row: { ...attemptRowOf('sweep@r1', 2), node: 'local-7' } }]);
        expect(await index.nodeMarks({ ...question, toMs: 150 })).toMatchObject([{ ...moved, toNode: 'local-7' }, { kind: 'drained' }]);
      }));

    it('tells how much waited and executed over time, from the newest sample of each ten seconds', () =>
      withIndex(async (index) => {
        const load = (atMs: number, ready: number): IndexChange => ({
          kind: 'load',
          sample: { atMs, ready, running: 1, busySlots: 2, slots: 4 },
        });
        index.apply(1, [load(1_000, 7), load(5_000, 4)]);
        index.apply(2, [load(20_000, 2)]);
        const means = (await index.loadCurve({ fromMs: 10_000, toMs: 40_000, bucketMs: 20_000 })).map(({ fromMs, ready, slots }) => [
          fromMs,
          ready,
          slots,
        ]);
        expect(means).toEqual([
          [10_000, 3, 4],
          [30_000, 2, 4],
        ]);
      }));

    it('tells in which shares of a time slots were free although a run waited, from the newest sample of each second', () =>
      withIndex(async (index) => {
        const sample = (cluster: string, atMs: number, dispatchMs: number, isDispatch: boolean): IndexChange => ({
          kind: 'dispatch',
          sample: { cluster, atMs, dispatchMs, isDispatch },
        });
        index.apply(1, [sample('a', 1_000, 0, false), sample('a', 10_000, 0, true), sample('b', 10_000, 0, false)]);
        index.apply(2, [sample('a', 10_100, 0, true), sample('a', 25_000, 15_000, false), sample('b', 30_000, 0, true)]);
        const stretches = await index.dispatchStretches({ clusters: ['a', 'b', 'c'], fromMs: 20_000, toMs: 40_000, bucketMs: 10_000 });
        expect(stretches).toEqual([
          { cluster: 'a', fromMs: 20_000, toMs: 30_000, share: 0.51 },
          { cluster: 'b', fromMs: 30_000, toMs: 40_000, share: 1 },
        ]);
      }));

    it.each(runSortKeys)('pages through rows sorted by %s, up and down, each row once, ties by id', (sort) =>
      withIndex(async (index) => {
        const rows = Array.from({ length: 57 }, (_, i) =>
          runRowOf({
            name: `r${(i * 31) % 57}`,
            attempt: i % 6,
            status: i % 2 === 0 ? 'ready' : 'failed',
            reason: i % 3 === 0 ? 'exit' : 'held',
            node: i % 4 === 1 ? null : `n${i % 5}`,
            priority: i % 3,
            createdAtMs: i % 7,
            changedAtMs: 50 - (i % 11),
            startedAtMs: i % 4 === 0 ? null : i % 9,
            endedAtMs: i % 5 === 0 ? null : i % 8,
          }),
        );
        apply(index, rows);
        const up = await allPages(index, { ...firstPage, sort, limit: 10 });
        expect(up).toHaveLength(57);
        expect(new Set(up).size).toBe(57);
        expect(await allPages(index, { ...firstPage, sort, descending: true, limit: 10 })).toEqual([...up].reverse());
        expect(await allPages(index, { ...firstPage, sort, limit: 57 })).toEqual(up);
        const far = await index.listRuns({ ...firstPage, sort, limit: 10, skip: 41 });
        expect(far.rows.map((row) => row.id)).toEqual(up.slice(41, 51));
        expect(await index.listRuns({ ...firstPage, sort, skip: 57 })).toEqual({ rows: [], nextCursor: null });
        const expected = [...rows]
          .sort((a, b) => compare(sortedBy[sort](a), sortedBy[sort](b)) || compare(a.id, b.id))
          .map((row) => row.id);
        expect(up).toEqual(expected);
      }),
    );

    it('sorts by a parameter: numbers, then text; the runs that do not have it come last in both directions', () =>
      withIndex(async (index) => {
        const values = [2, '10', true, 'adam', 2, '1e-3', null, 'Adam', null];
        apply(
          index,
          values.map((value, i) => runRowOf({ name: `r${i}`, parameters: value === null ? { other: 1 } : { lr: value } })),
        );
        const query: RunQuery = { ...firstPage, sort: 'parameters.lr', limit: 2 };
        const up = ['r5', 'r0', 'r4', 'r1', 'r7', 'r3', 'r2', 'r6', 'r8'].map((name) => `sweep@${name}`);
        expect(await allPages(index, query)).toEqual(up);
        const without = ['sweep@r8', 'sweep@r6'];
        expect(await allPages(index, { ...query, descending: true })).toEqual([...up.slice(0, -2).reverse(), ...without]);
        expect((await index.listRuns({ ...query, limit: 5, skip: 7 })).rows.map((row) => row.id)).toEqual(up.slice(7));
        expect(await allPages(index, { ...query, selector: { ...everyRun, names: ['sweep@r1', 'sweep@r0'] } })).toEqual([
          'sweep@r0',
          'sweep@r1',
        ]);
      }));

    it('pages through thousands of runs by a parameter as through a few', () =>
      withIndex(async (index) => {
        const rows = Array.from({ length: 6_000 }, (_, i) =>
          runRowOf({ name: `r${i}`, status: i % 2 === 0 ? 'ready' : 'failed', parameters: i % 3 === 0 ? {} : { lr: i % 7 } }),
        );
        apply(index, rows);
        const order =
          (direction: 1 | -1) =>
          (a: RunRow, b: RunRow): number => {
            const [x, y] = [a.parameters['lr'] ?? null, b.parameters['lr'] ?? null];
            if (x === null || y === null) return x === y ? direction * compare(a.id, b.id) : x === null ? 1 : -1;
            return direction * (Number(x) - Number(y) || compare(a.id, b.id));
          };
        for (const direction of [1, -1] as const) {
          const query: RunQuery = { ...firstPage, sort: 'parameters.lr', descending: direction === -1, limit: 1_000 };
          expect(await allPages(index, query)).toEqual([...rows].sort(order(direction)).map((row) => row.id));
          const ready = rows
            .filter(({ status }) => status === 'ready')
            .sort(order(direction))
            .map((row) => row.id);
          expect(await allPages(index, { ...query, selector: { ...everyRun, statuses: ['ready'] } })).toEqual(ready);
          expect((await index.listRuns({ ...query, skip: 3_999, limit: 3 })).rows.map((row) => row.id)).toEqual(
            [...rows]
              .sort(order(direction))
              .slice(3_999, 4_002)
              .map((row) => row.id),
          );
          // Beyond the middle, at the end of the runs that have the parameter, in those that have it not, and at the end of all.
          for (const skip of [2_500, 3_990, 5_000, 5_990, 6_000])
            expect((await index.listRuns({ ...query, skip, limit: 20 })).rows.map((row) => row.id)).toEqual(
              [...rows]
                .sort(order(direction))
                .slice(skip, skip + 20)
                .map((row) => row.id),
            );
          const byId = rows.map(({ id }) => id).sort((a, b) => direction * compare(a, b));
          expect((await index.listRuns({ ...query, sort: 'id', skip: 5_990, limit: 20 })).rows.map((row) => row.id)).toEqual(
            byId.slice(5_990),
          );
        }
      }));

    it('ends a page before it becomes too large, and never without a row', () =>
      withIndex(async (index) => {
        apply(
          index,
          Array.from({ length: 12 }, (_, i) => runRowOf({ name: `r${10 + i}`, detail: 'é'.repeat(500) })),
        );
        const page = await index.listRuns({ ...firstPage, maxBytes: 5_000 });
        expect(page.rows.length).toBeGreaterThan(1);
        expect(Buffer.byteLength(JSON.stringify(page.rows))).toBeLessThanOrEqual(5_000);
        expect(await allPages(index, { ...firstPage, maxBytes: 5_000 })).toHaveLength(12);
        expect((await index.listRuns({ ...firstPage, maxBytes: 1 })).rows).toHaveLength(1);
      }));

    describe('counts facets', () => {
      const rows = [
        runRowOf({
          name: 'a',
          status: 'failed',
          reason: 'exit',
          clusters: ['gpu', 'cpu'],
          parameters: { lr: 0.1, opt: 'adam', deep: true },
        }),
        runRowOf({
          name: 'b',
          status: 'running',
          reason: 'running',
          node: 'n1',
          clusters: ['gpu'],
          parameters: { lr: 0.2, opt: 'adam', deep: true },
        }),
        runRowOf({
          name: 'c',
          status: 'running',
          reason: 'running',
          node: 'n1',
          clusters: ['gpu'],
          parameters: { lr: '0.1', opt: 'adam' },
        }),
        runRowOf({ experiment: 'other', name: 'd', status: 'failed', reason: 'signal', parameters: { width: 'x' } }),
      ];

      it('of the matching runs, each property as if its own part of the selector were not there', () =>
        withIndex(async (index) => {
          apply(index, rows);
          const facets = await index.countFacets({ ...everyRun, statuses: ['failed'], experiments: ['sweep'] });
          expect(facets).toMatchObject({
            total: 1,
            status: [
              { value: 'running', runs: 2 },
              { value: 'failed', runs: 1 },
            ],
            reason: [{ value: 'exit', runs: 1 }],
            experiment: [
              { value: 'other', runs: 1 },
              { value: 'sweep', runs: 1 },
            ],
            cluster: [
              { value: 'cpu', runs: 1 },
              { value: 'gpu', runs: 1 },
            ],
            node: [],
          });
          expect((await index.countFacets(everyRun)).node).toEqual([{ value: 'n1', runs: 2 }]);
        }));

      it('and the values of the parameters of their experiments, which vary or do not', () =>
        withIndex(async (index) => {
          apply(index, rows);
          const { parameters } = await index.countFacets({ ...everyRun, names: ['sweep@a'] });
          expect(parameters).toEqual([
            { name: 'deep', distinct: 1, isVarying: true, minimum: null, maximum: null, values: [{ value: 'true', runs: 2 }] },
            {
              name: 'lr',
              distinct: 2,
              isVarying: true,
              minimum: 0.1,
              maximum: 0.2,
              values: [
                { value: '0.1', runs: 2 },
                { value: '0.2', runs: 1 },
              ],
            },
            { name: 'opt', distinct: 1, isVarying: false, minimum: null, maximum: null, values: [{ value: 'adam', runs: 3 }] },
          ]);
        }));

      it('as they are after runs have changed and gone', () =>
        withIndex(async (index) => {
          apply(index, rows);
          index.apply(2, [
            { kind: 'run', row: runRowOf({ name: 'a', parameters: { lr: 7 } }) },
            { kind: 'run-removed', id: 'sweep@b' },
            { kind: 'run-removed', id: 'other@d' },
          ]);
          const { total, parameters } = await index.countFacets(everyRun);
          expect(total).toBe(2);
          expect(parameters.map(({ name, values }) => [name, values.map(({ value, runs }) => `${value}: ${runs}`)])).toEqual([
            ['lr', ['0.1: 1', '7: 1']],
            ['opt', ['adam: 1']],
          ]);
        }));

      it('without listing the values of a parameter that has many', () =>
        withIndex(async (index) => {
          apply(
            index,
            Array.from({ length: 1_100 }, (_, seed) => runRowOf({ name: `r${seed}`, parameters: { seed } })),
          );
          expect((await index.countFacets(everyRun)).parameters).toEqual([
            { name: 'seed', distinct: 1_001, isVarying: true, minimum: 0, maximum: 1_099, values: [] },
          ]);
        }));
    });

    it('goes on behind the last row although rows before it have moved', () =>
      withIndex(async (index) => {
        apply(
          index,
          ['a', 'b', 'c', 'd'].map((name, i) => runRowOf({ name, changedAtMs: i })),
        );
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
        index.apply(
          4,
          events.map((stored) => ({ kind: 'event', stored, runs: [`sweep@r${stored.seq % 2}`] })),
        );
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
        index.apply(3, [
          { kind: 'run', row: runRowOf() },
          { kind: 'event', stored: endedEvent(3), runs: [] },
        ]);
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
