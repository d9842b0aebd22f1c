import { describe, expect, test } from 'vitest';
import type { RunDefinition } from '../model/definition.ts';
import type { DurableEvent } from '../model/events.ts';
import { planTick } from '../decide/plan-tick.ts';
import { sampleCluster, sampleRunDefinition } from '../model/samples.ts';
import { Changes } from './changes.ts';
import { World } from './world.ts';

const minute = 60_000;

/** A sweep over models and seeds on one node of one slot, whose runs take as long as their model says. */
function sweep(takesMs: Readonly<Record<string, number>>, seeds: number, change: Partial<RunDefinition> = {}) {
  const world = new World();
  let atMs = 1_000_000;
  const tell = (event: DurableEvent) => world.apply(event, (atMs += 1), new Changes());
  const runs = Object.keys(takesMs).flatMap((model) =>
    Array.from({ length: seeds }, (_, seed) =>
      sampleRunDefinition(`${model}-${seed}`, { parameters: { model, seed }, clusters: ['c'], ...change }),
    ),
  );
  tell({
    kind: 'clusters-defined',
    clusters: [sampleCluster({ name: 'c', slotsPerNode: 1, nodeResources: { slots: 1 }, maxAllocations: 1 })],
  });
  tell({
    kind: 'experiment-defined',
    experiment: 'e',
    autostart: true,
    added: runs.map((definition) => ({ definition, definitionHash: definition.name })),
    changed: [],
    removed: [],
  });
  tell({
    kind: 'allocation-requested',
    allocation: 'c-1',
    cluster: 'c',
    token: 't',
    slots: 1,
    resources: { slots: 1 },
    walltimeMs: null,
    leaseMs: null,
  });
  tell({ kind: 'allocation-started', allocation: 'c-1', startedAtMs: atMs, host: 'h' });
  tell({ kind: 'node-appeared', node: 'c-1', nonce: 'n', host: 'h', pid: 1, deadlineMs: null });
  /** Runs that were moved did a part of their work before. */
  const finish = (name: string, wasMoved = false) => {
    const place = { run: `e@${name}`, attempt: (world.run(`e@${name}`)?.attempt ?? 0) + 1, slots: [0] };
    tell({ kind: 'run-placed', ...place, node: 'c-1', nonce: 'n' });
    tell({ kind: 'run-started', ...place, pid: 1, startedAtMs: atMs });
    const startedAtMs = atMs;
    atMs += takesMs[name.split('-')[0] ?? ''] ?? 0;
    tell({
      kind: 'run-ended',
      run: place.run,
      attempt: place.attempt,
      outcome: {
        kind: 'exit',
        exitCode: wasMoved ? 1 : 0,
        signal: null,
        stopCause: wasMoved ? 'consolidation' : null,
        startedAtMs,
        endedAtMs: atMs,
        checkpointAtMs: null,
        progress: null,
        detail: '',
      },
    });
  };
  return {
    world,
    finish,
    next: () => planTick(world, atMs).placements[0]?.run,
    queues: () => world.readyShapes.map((queue) => [...queue].map((run) => run.name)),
  };
}

describe('ready runs whose times are learned', () => {
  const times = { large: 60 * minute, medium: 20 * minute, small: 5 * minute };

  test('go longest first by the parameter that tells their times apart, as soon as three of each value have finished', () => {
    const { finish, next } = sweep({ small: times.small, medium: times.medium, large: times.large }, 6);
    for (const seed of [0, 1, 2]) for (const model of ['small', 'medium']) finish(`${model}-${seed}`);
    for (const seed of [0, 1, 2]) finish(`large-${seed}`);
    for (const seed of [3, 4, 5]) finish(`small-${seed}`);
    expect(next()).toBe('e@large-3');
    finish('large-3');
    finish('large-4');
    finish('large-5');
    expect(next()).toBe('e@medium-3');
  });

  test('are one queue in the order of their ids as long as nothing tells them apart', () => {
    const { finish, queues, next } = sweep({ same: times.medium }, 20);
    for (let seed = 0; seed < 12; seed += 1) finish(`same-${seed}`);
    expect(queues()).toHaveLength(1);
    expect(next()).toBe('e@same-12');
  });

  test('keep the order of their declared times', () => {
    const { finish, queues } = sweep(times, 6, { timeMs: 10 * minute });
    for (const seed of [0, 1, 2, 3]) for (const model of Object.keys(times)) finish(`${model}-${seed}`);
    expect(queues()).toHaveLength(1);
  });

  test('are all still there after they were told apart, and leave when they start', () => {
    const { world, finish, queues } = sweep(times, 8);
    for (const seed of [0, 1, 2, 3]) for (const model of Object.keys(times)) finish(`${model}-${seed}`);
    expect(queues().map((names) => names.length)).toEqual([4, 4, 4]);
    expect(world.readyCount).toBe(12);
    for (const model of Object.keys(times)) finish(`${model}-4`);
    expect(queues().map((names) => names.length)).toEqual([3, 3, 3]);
    expect(world.readyCount).toBe(9);
  });
});

describe('what a finished run teaches', () => {
  test('is not what its last attempt took when that went on from a checkpoint', () => {
    const { world, finish } = sweep({ r: 20 * minute }, 8, { checkpoint: { kind: 'assumed' } });
    for (const seed of [0, 1, 2, 3]) {
      finish(`r-${seed}`, true);
      finish(`r-${seed}`);
    }
    const other = world.run('e@r-7');
    expect(other === undefined ? undefined : world.learnedTimes(other)).toBeNull();
    for (const seed of [4, 5, 6]) finish(`r-${seed}`);
    expect(other === undefined ? undefined : world.learnedTimes(other)).toMatchObject({ medianMs: 20 * minute, samples: 3 });
  });

  test('is how wrong declared times are, whoever declared them', () => {
    const { world, finish } = sweep({ short: 5 * minute, right: 20 * minute, long: 60 * minute }, 4, { timeMs: 20 * minute });
    for (const seed of [0, 1, 2, 3]) finish(`right-${seed}`);
    expect(world.declaredError).toBe(0);
    for (const seed of [0, 1, 2, 3]) for (const model of ['short', 'long']) finish(`${model}-${seed}`);
    expect(world.declaredError).toBeGreaterThan(0.5);
    const restored = new World();
    restored.experience.restore(world.experience.saved());
    expect(restored.declaredError).toBe(world.declaredError);
  });
});
