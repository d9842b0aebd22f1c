import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LedgerSums } from './ledger.ts';
import { Changes } from '../evolve/changes.ts';
import { World } from '../evolve/world.ts';
import { AccountStory, beginMs } from './account-story.ts';
import { Accounts } from './accounts.ts';
import { Ledger, ledgerParts } from './ledger.ts';

function nonZero(sums: LedgerSums | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(sums ?? {}).filter(([, value]) => value !== 0));
}

function sumOfParts(sums: LedgerSums): number {
  return ledgerParts.reduce((sum, part) => sum + sums[part], 0);
}

describe('the bill of an allocation', () => {
  test("goes from the cluster's own start to its own end, whenever we hear of them", () => {
    const story = new AccountStory().at(5_000).request('n1').at(60_000).started('n1', 10_000).at(90_000).allocationEnded('n1', 70_000);
    expect(story.billOf('n1')).toMatchObject({ billedMs: 60_000, isProvisional: false, sums: { billed: 240_000, startUp: 240_000 } });
  });

  test('runs up to now while the allocation lasts, and is provisional until its end is confirmed', () => {
    const story = new AccountStory().request('n1').started('n1').at(30_000);
    expect(story.billOf('n1')).toMatchObject({ billedMs: 30_000, isProvisional: true });
    story.at(40_000).allocationEnded('n1', 40_000, false).at(90_000);
    expect(story.accounting().total).toMatchObject({ billedNodeMs: 40_000, provisionalNodeMs: 40_000 });
    story.allocationEnded('n1', 39_000, true);
    expect(story.accounting().total).toMatchObject({ billedNodeMs: 39_000, provisionalNodeMs: 0, allocations: 1 });
  });

  test('that the cluster corrects after it was confirmed is the corrected one', () => {
    const story = new AccountStory().request('n1').started('n1').at(40_000).allocationEnded('n1').allocationEnded('n1', 38_000);
    expect(story.accounting()).toMatchObject({ total: { billedNodeMs: 38_000, allocations: 1 }, unattributed: { billedNodeMs: 38_000 } });
  });

  test('is nothing for one that never started', () => {
    const story = new AccountStory().request('n1').at(9_000).allocationEnded('n1');
    expect(story.accounting().total).toMatchObject({ billedNodeMs: 0, efficiency: null });
  });

  test('of a node that speaks before its cluster does begins with its hello', () => {
    const story = new AccountStory().request('n1').at(10_000).hello('n1').at(15_000);
    expect(story.billOf('n1')).toMatchObject({ billedMs: 5_000, isProvisional: true });
  });
});

describe('where the time went', () => {
  test('start-up is from the start of the bill to the hello, and from the goodbye to its end', () => {
    const story = new AccountStory()
      .request('n1')
      .started('n1')
      .at(10_000)
      .hello('n1')
      .at(20_000)
      .gone('n1')
      .at(22_000)
      .allocationEnded('n1');
    expect(nonZero(story.billOf('n1')?.sums)).toEqual({ billed: 88_000, startUp: 48_000, idle: 40_000 });
  });

  test('four nodes with one run each: one node is needed, three are fragmentation', () => {
    const story = new AccountStory().define('e', ['a', 'b', 'c', 'd']);
    for (const id of ['a', 'b', 'c', 'd']) story.node(id).start(`e@${id}`, id, 0);
    expect(nonZero(story.at(10).accounting().total.sums)).toEqual({ billed: 160, open: 40, fragmentation: 120 });
  });

  test('free slots are dispatch while a run waits that would find its slots in one node', () => {
    const story = new AccountStory().node('n1').node('n2').define('e', ['a', 'b']).start('e@a', 'n1', 0, 1).start('e@b', 'n2', 0, 1);
    story
      .at(10)
      .define('wide', ['w'], { resources: { slots: 4 } })
      .at(20)
      .define('narrow', ['w'])
      .at(30);
    expect(nonZero(story.accounting().total.sums)).toEqual({ billed: 240, open: 120, fragmentation: 80, dispatch: 40 });
    expect([...story.accounts.dispatchSamples()]).toEqual([{ cluster: 'c', atMs: beginMs + 20, dispatchMs: 0, isDispatch: true }]);
    story.at(35).start('narrow@w', 'n1', 2);
    expect([...story.accounts.dispatchSamples()]).toEqual([{ cluster: 'c', atMs: beginMs + 35, dispatchMs: 15, isDispatch: false }]);
  });

  test('free slots of a node that drains are closing', () => {
    const story = new AccountStory()
      .node('n1')
      .define('e', ['a', 'b'])
      .start('e@a', 'n1', 0)
      .tell({ kind: 'node-drained', node: 'n1', reason: 'walltime' })
      .at(10);
    expect(nonZero(story.accounting().total.sums)).toEqual({ billed: 40, open: 10, closing: 30 });
  });

  test('a finish makes open time useful, a failure and a cancel make it failed', () => {
    const story = new AccountStory().node('n1').define('e', ['a', 'b', 'c', 'd']);
    for (const [slot, name] of ['a', 'b', 'c', 'd'].entries()) story.start(`e@${name}`, 'n1', slot);
    story
      .at(100)
      .end('e@a')
      .end('e@b', { exitCode: 3 })
      .tell({ kind: 'run-stop-requested', run: 'e@c', attempt: 1, cause: 'user', graceMs: 1 });
    story.end('e@c', { kind: 'signal', exitCode: null, signal: 'SIGTERM', stopCause: 'user' });
    expect(nonZero(story.billOf('n1')?.sums)).toEqual({ billed: 400, useful: 100, failed: 200, open: 100 });
  });

  test.each([
    [
      'up to its checkpoint',
      {},
      { kind: 'signal', signal: 'SIGTERM', exitCode: null, checkpointAtMs: beginMs + 700 },
      { useful: 700, redone: 300 },
    ],
    [
      'all of it when it saved itself and said so by its exit code',
      { checkpoint: { kind: 'signal', signal: 'USR1', graceMs: 1, exitCode: 85 } },
      { exitCode: 85 },
      { useful: 1_000 },
    ],
    [
      'all but one interval when it declares how often it saves',
      { checkpoint: { kind: 'every', everyMs: 400 } },
      { kind: 'signal', signal: 'SIGTERM', exitCode: null },
      { useful: 600, redone: 400 },
    ],
    ['nothing when nobody saw it save', {}, { kind: 'signal', signal: 'SIGTERM', exitCode: null }, { redone: 1_000 }],
  ] as const)('of a run that we move we keep %s', (_what, traits, outcome, expected) => {
    const story = new AccountStory(1).node('n1', 1).define('e', ['a'], traits).start('e@a', 'n1', 0);
    story
      .at(1_000)
      .tell({ kind: 'run-stop-requested', run: 'e@a', attempt: 1, cause: 'consolidation', graceMs: 1 })
      .end('e@a', { stopCause: 'consolidation', ...outcome });
    expect(nonZero(story.billOf('n1')?.sums)).toEqual({ billed: 1_000, ...expected });
  });

  test('what a dead node held is redone, and nothing is booked after the end of its bill', () => {
    const story = new AccountStory()
      .node('n1')
      .define('e', ['a'])
      .start('e@a', 'n1', 0)
      .at(100_000)
      .allocationEnded('n1', 60_000)
      .at(300_000)
      .gone('n1')
      .at(400_000);
    expect(nonZero(story.billOf('n1')?.sums)).toEqual({ billed: 240_000, redone: 60_000, quantisation: 180_000 });
  });

  test('a second that clocks differ by is taken from free time before it is taken from work', () => {
    const story = new AccountStory()
      .node('n1')
      .define('e', ['a'])
      .start('e@a', 'n1', 0)
      .at(10_000)
      .end('e@a')
      .gone('n1')
      .allocationEnded('n1', 9_000);
    expect(nonZero(story.billOf('n1')?.sums)).toEqual({ billed: 36_000, useful: 10_000, quantisation: 26_000 });
  });

  test('a run takes the largest of its shares of the node, in whole slots, and never more than there are', () => {
    const story = new AccountStory();
    story
      .tell({
        kind: 'allocation-requested',
        allocation: 'g',
        cluster: 'c',
        token: 'g',
        slots: 4,
        resources: { slots: 4, gpus: 3 },
        walltimeMs: null,
        leaseMs: null,
      })
      .started('g')
      .hello('g');
    story
      .define('e', ['a', 'b', 'x'], { resources: { slots: 1, gpus: 1 } })
      .start('e@a', 'g', 0)
      .start('e@b', 'g', 1)
      .start('e@x', 'g', 2)
      .at(10);
    expect(nonZero(story.accounting().total.sums)).toEqual({ billed: 40, open: 40 });
  });

  test('experiments share a node by what they held of it, to the last slot-millisecond; a node without runs is nobody’s', () => {
    const story = new AccountStory().request('n1').started('n1').at(10).hello('n1').define('e', ['a', 'b']).define('f', ['a']);
    story.start('e@a', 'n1', 0).start('e@b', 'n1', 1).start('f@a', 'n1', 2).request('n2').started('n2').at(20);
    const { experiments, unattributed, total } = story.accounting();
    expect(nonZero(experiments.get('e')?.sums)).toEqual({ billed: 54, open: 20, startUp: 27, quantisation: 7 });
    expect(nonZero(experiments.get('f')?.sums)).toEqual({ billed: 26, open: 10, startUp: 13, quantisation: 3 });
    expect([unattributed.sums.billed, total.sums.billed]).toEqual([40, 120]);
  });

  test('the efficiency is what the same work would have cost at least, of what it did cost', () => {
    const story = new AccountStory().request('n1').started('n1').at(1_000).hello('n1').define('e', ['a', 'b', 'c', 'd']);
    for (const [slot, name] of ['a', 'b', 'c', 'd'].entries()) story.start(`e@${name}`, 'n1', slot);
    for (const name of ['a', 'b', 'c']) story.at(2_000).end(`e@${name}`);
    story.at(5_000).end('e@d').gone('n1').allocationEnded('n1');
    expect(story.accounting().clusters.get('c')).toMatchObject({ billedNodeMs: 5_000, lowerBoundNodeMs: 4_000 + 1_000, efficiency: 1 });
  });
});

describe('the fold', () => {
  const histories = fc.array(
    fc.record({ waitMs: fc.integer({ min: 0, max: 100_000 }), what: fc.integer({ min: 0, max: 7 }), which: fc.nat() }),
    { minLength: 5, maxLength: 60 },
  );

  /** A history that obeys the rules of the world, and the same one booked interval by interval. */
  function live(history: typeof histories extends fc.Arbitrary<infer H> ? H : never): { story: AccountStory; byIntervals: Ledger } {
    const story = new AccountStory()
      .define(
        'e',
        Array.from({ length: 3 }, (_, i) => `r${i}`),
      )
      .define(
        'f',
        Array.from({ length: 3 }, (_, i) => `r${i}`),
      );
    const byIntervals = new Ledger();
    let nodes = 0;
    for (const { waitMs, what, which } of history) {
      const serving = story.world.allocations.filter(({ node, status }) => status === 'running' && node?.status === 'connected');
      byIntervals.addInterval({
        durationMs: waitMs,
        hasPlaceableRun: story.world.readyCount > 0,
        nodes: serving.map(({ id, node, slots }) => ({
          allocation: id,
          slots,
          isStarting: false,
          isClosing: node?.drain != null,
          occupied: new Map(
            (node?.occupants ?? [])
              .flatMap((run) => run ?? [])
              .reduce((held, run) => held.set(run[0] ?? '', (held.get(run[0] ?? '') ?? 0) + 1), new Map<string, number>()),
          ),
        })),
      });
      story.at(story.now + waitMs);
      const pick = serving[which % Math.max(1, serving.length)];
      const free = pick?.node?.occupants.indexOf(null) ?? -1;
      const held = pick?.node?.occupants.find((run) => run !== null) ?? null;
      const next = [...story.world.allRuns].find((run) => run.status === 'ready' && run.reason !== 'retry-delay');
      if (what <= 1) story.node(`n${(nodes += 1)}`);
      else if (pick === undefined) continue;
      else if (what <= 4 && free >= 0 && next !== undefined && pick.node?.drain === null) story.start(next.id, pick.id, free);
      else if (what === 5 && held !== null) story.end(held, which % 3 === 0 ? { exitCode: 1 } : {});
      else if (what === 6 && pick.node?.drain === null) story.tell({ kind: 'node-drained', node: pick.id, reason: 'user' });
      else if (what === 7) story.gone(pick.id).allocationEnded(pick.id, story.now, which % 2 === 0);
    }
    return { story, byIntervals };
  }

  test('books what the ledger books interval by interval', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { story, byIntervals } = live(history);
        const sums = story.accounting().total.sums;
        const held = (of: LedgerSums) => of.useful + of.open + of.redone + of.failed;
        expect(sums.billed).toBe(byIntervals.total.billed);
        expect(held(sums)).toBe(held(byIntervals.total));
        for (const part of ['startUp', 'dispatch', 'closing', 'idle'] as const)
          expect([part, sums[part]]).toEqual([part, byIntervals.total[part]]);
        // Each booking rounds what is fragmentation to whole slot-milliseconds.
        expect(Math.abs(sums.fragmentation - byIntervals.total.fragmentation)).toBeLessThanOrEqual(history.length);
      }),
      { numRuns: 200 },
    );
  });

  test('keeps parts that sum to the bill: in total, by cluster, by allocation, by experiment with what is nobody’s, and by day', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { story } = live(history);
        const { total, clusters, experiments, unattributed, days } = story.accounting();
        for (const { sums } of [total, ...clusters.values(), ...experiments.values(), unattributed, ...days])
          expect(sumOfParts(sums)).toBe(sums.billed);
        expect([...experiments.values(), unattributed].reduce((sum, { sums }) => sum + sums.billed, 0)).toBe(total.sums.billed);
        expect(days.reduce((sum, { sums }) => sum + sums.billed, 0)).toBe(total.sums.billed);
        const bills = [...story.world.allAllocations].flatMap(({ id }) => story.billOf(id) ?? []);
        for (const { sums } of bills) expect(sumOfParts(sums)).toBe(sums.billed);
        expect(bills.reduce((sum, { sums }) => sum + sums.billed, 0)).toBe(total.sums.billed);
      }),
      { numRuns: 200 },
    );
  });

  test('is the same when the journal is read again', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { story } = live(history);
        const world = new World();
        const accounts = new Accounts();
        for (const { event, atMs } of story.told) {
          world.apply(event, atMs, new Changes());
          accounts.follow(event, atMs, world);
        }
        expect(accounts.at(world, beginMs + story.now)).toEqual(story.accounting());
      }),
      { numRuns: 50 },
    );
  });
});
