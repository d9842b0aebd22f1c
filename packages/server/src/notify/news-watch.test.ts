import type { Allocation, BudgetState, DurableEvent, ExperimentView, RunStatus, Snapshot } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { aRun } from '../../test/fake-manager.ts';
import { NewsWatch } from './news-watch.ts';
import type { News } from './news.ts';

const minuteMs = 60_000;
const times = { stalledAfterMs: 30 * minuteMs, pendingAfterMs: 120 * minuteMs };

/** Experiments by their counts; the state changes, then the events tell of it. */
class Scene {
  readonly experiments = new Map<string, ExperimentView>();
  readonly runs = new Map<string, ReturnType<typeof aRun>>();
  allocations: Allocation[] = [];
  readyCount = 0;
  readonly budgets: BudgetState[] = [];
  readonly watch: NewsWatch;

  constructor(before: Readonly<Record<string, Partial<Record<RunStatus, number>>>> = {}) {
    for (const [name, counts] of Object.entries(before)) this.has(name, counts);
    const scene = this;
    const snapshot = {
      get allocations() {
        return scene.allocations;
      },
      get readyCount() {
        return scene.readyCount;
      },
    } as unknown as Snapshot;
    this.watch = new NewsWatch({ snapshot, experiments: this.experiments, run: (id) => this.runs.get(id), budgets: this.budgets }, 0);
  }

  has(name: string, counts: Partial<Record<RunStatus, number>>): this {
    this.experiments.set(name, {
      name,
      order: 1,
      autostart: true,
      limits: { budget: null, maxFailuresShare: null },
      hold: null,
      createdAtMs: 0,
      runIds: new Set(),
      counts: { inactive: 0, ready: 0, running: 0, finished: 0, failed: 0, ...counts },
    });
    return this;
  }

  ends(id: string, status: RunStatus, atMs = 0): readonly News[] {
    this.runs.set(id, { ...aRun(id), status, detail: status === 'failed' ? 'exit 1' : null });
    const event = { kind: 'run-ended', run: id, attempt: 1 } as unknown as DurableEvent;
    return this.watch.follow([event], atMs);
  }

  look(atMs: number): readonly News[] {
    return this.watch.look(times, atMs);
  }
}

const sentences = (news: readonly News[]): readonly string[] => news.map(({ kind, sentence }) => `${kind}: ${sentence}`);

function pending(id: string, traits: Partial<Allocation> = {}): Allocation {
  return {
    id,
    cluster: 'hpc',
    token: id,
    status: 'submitted',
    jobId: '1',
    slots: 4,
    resources: { slots: 4 },
    walltimeMs: null,
    requestedAtMs: 0,
    startedAtMs: null,
    endedAtMs: null,
    isConfirmed: false,
    cancel: null,
    waitingFor: 'Priority',
    node: null,
    ...traits,
  } as Allocation;
}

describe('an experiment', () => {
  test('is done when none of its runs waits or runs any more, once', () => {
    const scene = new Scene({ sweep: { running: 2 } });
    expect(scene.has('sweep', { running: 1, finished: 1 }).ends('sweep@a', 'finished')).toEqual([]);
    expect(sentences(scene.has('sweep', { finished: 2, inactive: 3 }).ends('sweep@b', 'finished'))).toEqual([
      'experiment-done: sweep is done: 2 finished, 0 failed, 3 inactive',
    ]);
    expect(scene.ends('sweep@b', 'finished')).toEqual([]);
  });

  test('that was done before the manager started is no news', () => {
    const scene = new Scene({ sweep: { finished: 2, failed: 1 } });
    expect(scene.watch.follow([{ kind: 'experiment-removed', experiment: 'other' }], 1)).toEqual([]);
    expect(scene.ends('sweep@a', 'finished')).toEqual([]);
  });

  test('is told of at its first failure, and again only after it has been resumed', () => {
    const scene = new Scene({ sweep: { running: 3 } });
    expect(sentences(scene.has('sweep', { running: 2, failed: 1 }).ends('sweep@a', 'failed'))).toEqual([
      'first-failure: sweep@a failed, the first of sweep: exit 1',
    ]);
    expect(scene.has('sweep', { running: 1, failed: 2 }).ends('sweep@b', 'failed')).toEqual([]);
    scene.has('sweep', { failed: 3 }).ends('sweep@c', 'failed');
    scene.has('sweep', { ready: 3 }).watch.follow([{ kind: 'runs-resumed', runs: ['sweep@a', 'sweep@b', 'sweep@c'], by: 'me' }], 1);
    expect(scene.has('sweep', { ready: 2, failed: 1 }).ends('sweep@a', 'failed')).toMatchObject([{ kind: 'first-failure' }]);
  });

  test('whose runs fail one after the other is a burst, told once an hour', () => {
    const scene = new Scene({ sweep: { running: 100, failed: 1 } });
    const news = Array.from({ length: 12 }, (_, i) => scene.ends(`sweep@${i}`, 'failed', i * minuteMs)).flat();
    expect(sentences(news)).toEqual(['failure-burst: 5 runs of sweep failed within 4 min, the last one sweep@4: exit 1']);
    expect(scene.ends('sweep@x', 'failed', 90 * minuteMs)).toEqual([]);
    const later = Array.from({ length: 5 }, (_, i) => scene.ends(`sweep@y${i}`, 'failed', (91 + i) * minuteMs)).flat();
    expect(later).toMatchObject([{ kind: 'failure-burst' }]);
  });
});

describe('what does not happen', () => {
  test('is news when runs are ready and nothing has started or ended for half an hour', () => {
    const scene = new Scene({ sweep: { ready: 7 } });
    scene.readyCount = 7;
    expect(scene.look(29 * minuteMs)).toEqual([]);
    expect(sentences(scene.look(31 * minuteMs))).toEqual([
      'stalled: 7 runs are ready and none has started for 31 min; juqueue explain says why',
    ]);
    expect(scene.look(60 * minuteMs)).toEqual([]);
    scene.ends('sweep@a', 'finished', 61 * minuteMs);
    expect(scene.look(95 * minuteMs)).toMatchObject([{ kind: 'stalled' }]);
  });

  test('is no news while something runs or an allocation is on its way', () => {
    const scene = new Scene({ sweep: { ready: 7, running: 1 } });
    scene.readyCount = 7;
    expect(scene.look(60 * minuteMs)).toEqual([]);
    scene.has('sweep', { ready: 7 }).allocations = [pending('hpc-1')];
    expect(scene.look(119 * minuteMs)).toEqual([]);
  });

  test('is news when allocations wait for two hours, by cluster, each allocation once', () => {
    const scene = new Scene();
    scene.allocations = [
      pending('hpc-1'),
      pending('hpc-2', { requestedAtMs: minuteMs }),
      pending('hpc-3', { requestedAtMs: 100 * minuteMs }),
      pending('hpc-4', { cancel: { reason: 'x', atMs: 1 } }),
    ];
    expect(sentences(scene.look(125 * minuteMs))).toEqual(['allocation-pending: 2 allocations of hpc wait for 2 h 5 min (Priority)']);
    expect(scene.look(130 * minuteMs)).toEqual([]);
    expect(sentences(scene.look(220 * minuteMs))).toEqual(['allocation-pending: hpc-3 waits for 2 h (Priority)']);
  });

  test('a cluster that takes no submissions is told of once until it takes them again', () => {
    const scene = new Scene();
    const held = (because: string | null) => scene.watch.follow([{ kind: 'cluster-held', cluster: 'hpc', because }], 0);
    expect(sentences(held('the account has expired'))).toEqual(['cluster-held: hpc takes no submissions: the account has expired']);
    expect([held('still'), held(null)].flat()).toEqual([]);
    expect(held('again')).toHaveLength(1);
  });

  test('a budget is told of when four fifths and when all of it are spent, and again when it has been raised', () => {
    const scene = new Scene();
    const spent = (hours: number, of = 100): readonly string[] => {
      scene.budgets[0] = {
        nodeMs: of * 60 * minuteMs,
        spentNodeMs: hours * 60 * minuteMs,
        scope: { kind: 'cluster', name: 'hpc' },
        sentence: `hpc has spent ${hours} of ${of}`,
      } as BudgetState;
      return sentences(scene.look(0));
    };
    expect(spent(79)).toEqual([]);
    expect(spent(81)).toEqual(['budget: 80 % of a budget: hpc has spent 81 of 100']);
    expect(spent(95)).toEqual([]);
    expect(spent(100)).toEqual(['budget: 100 % of a budget: hpc has spent 100 of 100']);
    expect(spent(100, 200)).toEqual([]);
    expect(spent(170, 200)).toEqual(['budget: 80 % of a budget: hpc has spent 170 of 200']);
  });
});
