import { describe, expect, test } from 'vitest';
import type { Plan } from '../model/plan.ts';
import { checkPlan, type ViolationCode } from './check-plan.ts';
import { planTick } from './plan-tick.ts';
import { builtAtMs, type SnapshotBuilder, world } from './snapshot-builder.ts';

const hour = 3_600_000;

/** What the checker says of a plan that does nothing but this. */
function check(built: SnapshotBuilder, change: Partial<Plan>): readonly ViolationCode[] {
  const snapshot = built.snapshot();
  const nothing: Plan = { ...planTick(world().cluster('c').snapshot(), builtAtMs), basedOn: snapshot.version };
  return checkPlan(snapshot, { ...nothing, ...change }, builtAtMs).map((violation) => violation.code);
}

function place(run: string, node: string, slots: readonly number[], attempt = 1, nonce = `nonce-${node}`) {
  return { run: `e@${run}`, attempt, node, nonce, slots };
}

const one = () => world().cluster('c').node('n1', [null, 'a']).ready('r').ready('s');

describe('the checker finds', () => {
  test.each<[string, SnapshotBuilder, Partial<Plan>, ViolationCode]>([
    ['a plan for another version', one(), { basedOn: 1 }, 'STALE_PLAN'],
    ['a run that does not exist', one(), { placements: [place('x', 'n1', [0])] }, 'RUN_UNKNOWN'],
    ['a run that executes already', one(), { placements: [place('a', 'n1', [0], 2)] }, 'RUN_NOT_READY'],
    ['a run that is placed twice', one(), { placements: [place('r', 'n1', [0]), place('r', 'n1', [0])] }, 'RUN_PLACED_TWICE'],
    ['an attempt that is not the next', one(), { placements: [place('r', 'n1', [0], 3)] }, 'ATTEMPT_NOT_NEXT'],
    ['a slot that is taken', one(), { placements: [place('r', 'n1', [1])] }, 'SLOT_TAKEN'],
    ['a slot that is given twice', one(), { placements: [place('r', 'n1', [0]), place('s', 'n1', [0])] }, 'SLOT_TAKEN'],
    ['a slot that is not there', one(), { placements: [place('r', 'n1', [7])] }, 'SLOT_UNKNOWN'],
    [
      'too many slots',
      world().cluster('c').node('n1', [null, null]).ready('r'),
      { placements: [place('r', 'n1', [0, 1])] },
      'SLOT_COUNT_WRONG',
    ],
    ['another start of the node', one(), { placements: [place('r', 'n1', [0], 1, 'old')] }, 'NONCE_OF_ANOTHER_START'],
    [
      'a node that drains',
      world()
        .cluster('c')
        .node('n1', [null], { drain: { reason: 'user', atMs: 0 } })
        .ready('r'),
      { placements: [place('r', 'n1', [0])] },
      'NODE_TAKES_NO_RUNS',
    ],
    [
      'a cluster that the run does not name',
      world().cluster('c').cluster('d').node('n1', [null], { cluster: 'd' }).ready('r'),
      { placements: [place('r', 'n1', [0])] },
      'CLUSTER_NOT_ALLOWED',
    ],
    [
      'more of a dimension than there is',
      world()
        .cluster('c')
        .node('n1', [null], { resources: { slots: 1, gpus: 1 } })
        .ready('r', { resources: { slots: 1, gpus: 2 } }),
      { placements: [place('r', 'n1', [0])] },
      'CAPACITY_EXCEEDED',
    ],
    [
      'a node that ends too soon',
      world()
        .cluster('c')
        .node('n1', [null], { deadlineMs: builtAtMs + hour })
        .ready('r', { timeMs: 2 * hour }),
      { placements: [place('r', 'n1', [0])] },
      'LIFE_TOO_SHORT',
    ],
    ['an attempt sent ahead of a free slot', one(), { placements: [place('r', 'n1', [])] }, 'AHEAD_OF_FREE_SLOTS'],
    [
      'more allocations than allowed',
      world().cluster('c', { maxAllocations: 1 }),
      { requests: [{ cluster: 'c', count: 2, because: '' }] },
      'TOO_MANY_ALLOCATIONS',
    ],
    [
      'a longer walltime than its cluster allows',
      world().cluster('c', { walltimeMs: hour }),
      { requests: [{ cluster: 'c', count: 1, walltimesMs: [2 * hour], because: '' }] },
      'WALLTIME_NOT_ALLOWED',
    ],
    [
      'a request to a held cluster',
      world().cluster('c').held('c', 'full'),
      { requests: [{ cluster: 'c', count: 1, because: '' }] },
      'CLUSTER_HELD',
    ],
    ['the release of a busy node', one(), { releases: [{ node: 'n1', because: '' }] }, 'RELEASE_OF_BUSY_NODE'],
    [
      'the release of a node that gets a run',
      world().cluster('c').node('n1', [null]).ready('r'),
      { placements: [place('r', 'n1', [0])], releases: [{ node: 'n1', because: '' }] },
      'RELEASE_OF_BUSY_NODE',
    ],
    ['the cancel of what is a node', one(), { cancels: [{ allocation: 'n1', because: '' }] }, 'CANCEL_OF_NODE'],
    [
      'a stop of another attempt',
      one(),
      { stops: [{ run: 'e@a', attempt: 9, cause: 'consolidation', graceMs: 0 }] },
      'STOP_OF_ANOTHER_ATTEMPT',
    ],
    [
      'a move of a protected run',
      world()
        .cluster('c')
        .node('n1', ['a'], {}, { checkpoint: { kind: 'none' } })
        .node('n2', [null]),
      { stops: [{ run: 'e@a', attempt: 1, cause: 'consolidation', graceMs: 0 }] },
      'MOVE_OF_PROTECTED_RUN',
    ],
    [
      'a move without a slot elsewhere',
      world()
        .cluster('c')
        .node('n1', ['a'], {}, { checkpoint: { kind: 'assumed' } })
        .node('n2', ['b']),
      { stops: [{ run: 'e@a', attempt: 1, cause: 'consolidation', graceMs: 0 }] },
      'MOVE_WITHOUT_SLOT',
    ],
  ])('%s', (_, built, change, code) => {
    expect(check(built, change)).toContain(code);
  });

  test('nothing in a plan that does nothing', () => {
    expect(check(one(), {})).toEqual([]);
  });
});
