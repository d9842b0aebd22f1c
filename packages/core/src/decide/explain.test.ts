import { describe, expect, test } from 'vitest';
import { explainCluster, explainNode, explainRun } from './explain.ts';
import { builtAtMs, world } from './snapshot-builder.ts';

const hour = 3_600_000;

describe('explain a run', () => {
  const why = (built: ReturnType<typeof world>) => explainRun(built.snapshot(), 'e@r', builtAtMs);

  test('says where it starts, for which node it waits, or why it gets none', () => {
    expect(why(world().cluster('c').node('n1', [null]).ready('r'))).toMatchObject({ code: 'STARTS_NOW', sentence: 'e@r starts on n1 now' });
    expect(why(world().cluster('c').pending('p').ready('r'))).toMatchObject({ code: 'WAITS_FOR_NODE', sentence: 'e@r waits for a slot: 1 node of c is on the way' });
    expect(why(world().cluster('c').ready('r', { slots: 9 }))).toMatchObject({ code: 'TOO_LARGE_FOR_ANY_NODE' });
    expect(why(world().cluster('c', { maxAllocations: 1 }).node('n1', ['a']).ready('r'))).toMatchObject({ code: 'MAX_ALLOCATIONS' });
    expect(why(world().cluster('c').held('c', 'three submissions failed').ready('r'))).toMatchObject({ code: 'CLUSTER_HELD', sentence: expect.stringContaining('three submissions failed') });
  });

  test('says for what a run waits that may not start', () => {
    expect(why(world().cluster('c').ready('r', { reason: 'blocked', detail: 'waits for e@a' }))).toMatchObject({ code: 'BLOCKED', sentence: 'e@r may not start yet: waits for e@a' });
    expect(why(world().cluster('c').ready('r', { reason: 'retry-delay', eligibleAtMs: builtAtMs + 5_000 }))).toMatchObject({ code: 'RETRY_DELAY', numbers: { waitMs: 5_000 } });
  });

  test('carries the source of what it expects', () => {
    expect(why(world().cluster('c').node('n1', ['r'], {}, { timeMs: 3 * hour }))).toMatchObject({ code: 'EXECUTING', sentence: 'e@r is on n1; it is expected to end in 2 h (declared)' });
    expect(why(world().cluster('c').node('n1', ['r'], {}, { learnedMs: 3 * hour }))?.sentence).toContain('(learned)');
    expect(why(world().cluster('c'))).toBeNull();
  });
});

describe('explain a node', () => {
  test('names the run that keeps it, and why that is not moved', () => {
    const built = world().cluster('c').node('n1', ['r9', null], {}, { checkpoint: { kind: 'undeclared' } }).node('n2', ['a', null]);
    expect(explainNode(built.snapshot(), 'n1', builtAtMs)).toMatchObject({ code: 'NOT_RESUMABLE', sentence: 'n1 is kept: e@r9 neither declared nor showed a checkpoint and runs for 1 h' });
  });

  test('says what the run that keeps it would save elsewhere, when its time is known', () => {
    const built = world().cluster('c').node('n1', ['a', null], {}, { checkpoint: { kind: 'none' }, timeMs: 9 * hour }).node('n2', ['r9', null], {}, { timeMs: 3 * hour });
    expect(explainNode(built.snapshot(), 'n2', builtAtMs)).toMatchObject({ code: 'NOT_RESUMABLE', sentence: 'n2 is kept: e@r9 neither declared nor showed a checkpoint and runs for 1 h; going on at n1 it would save 2.0 node-hours', numbers: { savingMs: 2 * hour } });
  });

  test('says why it takes no new runs', () => {
    const built = world().cluster('c').node('n1', ['a', null], { drain: { reason: 'bad-node', atMs: 0 } });
    expect(explainNode(built.snapshot(), 'n1', builtAtMs)).toMatchObject({ code: 'NODE_DRAINING', sentence: 'n1 takes no new runs (bad-node); it is given back when its 1 run has ended' });
  });

  test('says what a move would save, and what it waits for', () => {
    const built = world().cluster('c').node('n1', ['r9', null], {}, { checkpoint: { kind: 'assumed' }, timeMs: 3 * hour }).node('n2', ['a', null], {}, { checkpoint: { kind: 'none' }, timeMs: 3 * hour });
    const explained = explainNode({ ...built.snapshot(), demandChangedAtMs: builtAtMs }, 'n1', builtAtMs);
    expect(explained?.sentence).toBe('n1 is kept: e@r9 could move to n2, and that would save 1.0 node-hours; demand changed 0 ms ago');
  });

  test('says when the others have no room, when it is kept warm and when it goes', () => {
    expect(explainNode(world().cluster('c').node('n1', ['r'], {}, { checkpoint: { kind: 'assumed' } }).node('n2', ['a']).snapshot(), 'n1', builtAtMs)).toMatchObject({ code: 'NO_ROOM_ELSEWHERE' });
    expect(explainNode(world().cluster('c').node('n1', [null]).ready('later', { reason: 'blocked' }).snapshot(), 'n1', builtAtMs)).toMatchObject({ code: 'NODE_KEPT_WARM' });
    expect(explainNode(world().cluster('c').node('n1', [null]).snapshot(), 'n1', builtAtMs)).toMatchObject({ code: 'RELEASED' });
    expect(explainNode(world().cluster('c').node('n1', ['a'], { status: 'silent' }).snapshot(), 'n1', builtAtMs)).toMatchObject({ code: 'NODE_SILENT' });
  });
});

test('explain a cluster: how far it may grow, and what holds it', () => {
  const built = world().cluster('c', { maxAllocations: 3 }).node('n1', ['a']).pending('p1').ready('r');
  expect(explainCluster(built.snapshot(), 'c', builtAtMs)?.sentence).toContain('c has 2 of at most 3 allocations, 1 of them pending');
});
