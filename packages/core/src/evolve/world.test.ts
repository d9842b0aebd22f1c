import { describe, expect, test } from 'vitest';
import type { Autostart, RunDefinition } from '../model/definition.ts';
import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { AttemptOutcome } from '../model/run.ts';
import { sampleCluster, sampleRunDefinition } from '../model/samples.ts';
import { attemptTimeOf } from '../decide/predict.ts';
import { machineNotices } from '../engine/machine-notices.ts';
import { Changes } from './changes.ts';
import { World } from './world.ts';

const nowMs = 1_700_000_000_000;

const definition = sampleRunDefinition;
const localCluster = sampleCluster({ maxAllocations: 10 });

/** A world that speaks in sentences. */
function story(...runs: RunDefinition[]) {
  const world = new World();
  let atMs = nowMs;
  const happen = (...events: JuqueueEvent[]) => {
    for (const event of events) world.apply(event, (atMs += 1_000), new Changes());
  };
  const define = (autostart: Autostart, added: RunDefinition[], changed: RunDefinition[] = [], removed: string[] = []): DurableEvent => ({
    kind: 'experiment-defined',
    experiment: 'e',
    autostart,
    added: added.map((run) => ({ definition: run, definitionHash: JSON.stringify(run) })),
    changed: changed.map((run) => ({ definition: run, definitionHash: JSON.stringify(run) })),
    removed,
  });
  happen(define(true, runs));
  const node = (id: string, slots: number) => {
    happen(
      {
        kind: 'allocation-requested',
        allocation: id,
        cluster: 'local',
        token: `t-${id}`,
        slots,
        resources: { slots },
        walltimeMs: null,
        leaseMs: null,
      },
      { kind: 'allocation-submitted', allocation: id, jobId: '1' },
      { kind: 'allocation-started', allocation: id, startedAtMs: atMs, host: 'h' },
      { kind: 'node-appeared', node: id, nonce: `n-${id}`, host: 'h', pid: 1, deadlineMs: null },
    );
  };
  const start = (name: string, on: string, slots: number[] = [0]) => {
    const run = `e@${name}`;
    const attempt = (world.run(run)?.attempt ?? 0) + 1;
    happen(
      { kind: 'run-placed', run, attempt, node: on, nonce: `n-${on}`, slots },
      { kind: 'run-started', run, attempt, slots, pid: 42, startedAtMs: atMs },
    );
  };
  const end = (name: string, outcome: Partial<AttemptOutcome>) => {
    const run = world.run(`e@${name}`);
    happen({
      kind: 'run-ended',
      run: `e@${name}`,
      attempt: run?.attempt ?? 0,
      outcome: {
        kind: 'exit',
        exitCode: 0,
        signal: null,
        stopCause: null,
        startedAtMs: run?.execution?.startedAtMs ?? null,
        endedAtMs: atMs,
        checkpointAtMs: null,
        progress: null,
        detail: 'as told',
        ...outcome,
      },
    });
  };
  const stop = (name: string, cause: 'user' | 'walltime' | 'consolidation' | 'preempted') => {
    const run = `e@${name}`;
    happen({ kind: 'run-stop-requested', run, attempt: world.run(run)?.attempt ?? 0, cause, graceMs: 1_000 });
  };
  const of = (name: string) => {
    const run = world.run(`e@${name}`);
    return run === undefined ? 'gone' : `${run.status}/${run.reason}`;
  };
  return { world, happen, define, node, start, end, stop, of };
}

describe('the table of run status', () => {
  test('an exit with 0 that nobody asked for is finished', () => {
    const { node, start, end, of } = story(definition('a'));
    node('n1', 1);
    start('a', 'n1');
    expect(of('a')).toBe('running/running');
    end('a', {});
    expect(of('a')).toBe('finished/exit');
  });

  test.each([
    [{ exitCode: 7 }, 'failed/exit'],
    [{ kind: 'signal', exitCode: null, signal: 'SIGKILL' }, 'failed/signal'],
    [{ kind: 'out-of-memory', exitCode: null, signal: 'SIGKILL' }, 'failed/out-of-memory'],
    [{ exitCode: 143, stopCause: 'user' }, 'inactive/user-cancelled'],
    [{ exitCode: 0, stopCause: 'user' }, 'inactive/user-cancelled'],
    [{ exitCode: 0, stopCause: 'consolidation' }, 'ready/consolidation'],
    [{ exitCode: 143, stopCause: 'consolidation' }, 'ready/consolidation'],
    [{ exitCode: 143, stopCause: 'manager-stop' }, 'ready/manager-stop'],
    [{ exitCode: 143, stopCause: 'time-limit' }, 'failed/time-limit'],
    [{ kind: 'lost', exitCode: null }, 'ready/node-lost'],
    [{ kind: 'never-started', exitCode: null, startedAtMs: null }, 'ready/queued'],
  ] as const)('an end with %j makes it %s', (outcome, expected) => {
    const { node, start, end, of } = story(definition('a'));
    node('n1', 1);
    start('a', 'n1');
    end('a', outcome as Partial<AttemptOutcome>);
    expect(of('a')).toBe(expected);
  });

  test('an exit with 0 after a request finishes a run that declares a checkpoint exit code, and 85 does not', () => {
    const declared = { checkpoint: { kind: 'signal', signal: 'USR1', graceMs: 1_000, exitCode: 85 } } as const;
    for (const [exitCode, expected] of [
      [0, 'finished/exit'],
      [85, 'ready/consolidation'],
    ] as const) {
      const { node, start, end, of } = story(definition('a', declared));
      node('n1', 1);
      start('a', 'n1');
      end('a', { exitCode, stopCause: 'consolidation' });
      expect(of('a')).toBe(expected);
    }
  });

  test('runs whose image is not there are not shown to decisions, and it is said which image they wait for', () => {
    const container = {
      runtime: 'apptainer',
      image: 'docker://debian:12',
      bind: [],
      input: null,
      output: null,
      gpu: null,
      network: 'host',
      cleanEnv: false,
      entrypoint: false,
      args: [],
    } as const;
    const { world, happen } = story(
      definition('plain', {}),
      definition('a', { executor: { ...definition('a', {}).executor, container } }),
      definition('file', { executor: { ...definition('a', {}).executor, container: { ...container, image: '/images/x.sif' } } }),
    );
    const image = 'apptainer docker://debian:12';
    const shown = () => world.readyShapes.flatMap((queue) => [...queue].map((run) => run.name)).sort();
    expect([shown(), world.images.missing, world.images.waitFor(image)]).toEqual([['file', 'plain'], [image], 'it was not looked for yet']);
    happen({ kind: 'image-changed', image, because: 'it is being pulled' });
    expect([shown(), world.images.waitFor(image)]).toEqual([['file', 'plain'], 'it is being pulled']);
    happen({ kind: 'image-changed', image, because: null });
    expect([shown(), world.images.missing]).toEqual([['a', 'file', 'plain'], []]);
  });

  test('only exit codes that are worth it are retried, after the delay that the run asks for', () => {
    const retried = (retryOn: readonly number[], outcome: Partial<AttemptOutcome>) => {
      const { world, node, start, end, of } = story(definition('a', { retries: 1, retryOn, retryDelayMs: 60_000 }));
      node('n1', 1);
      start('a', 'n1');
      end('a', outcome);
      return [of('a'), world.run('e@a')?.eligibleAtMs ?? null] as const;
    };
    expect(retried([75], { kind: 'exit', exitCode: 75 })).toEqual(['ready/retry-delay', expect.any(Number)]);
    expect(retried([75], { kind: 'exit', exitCode: 1 })).toEqual(['failed/exit', null]);
    expect(retried([139], { kind: 'signal', exitCode: null, signal: 'SIGSEGV' })[0]).toBe('ready/retry-delay');
    expect(retried([137], { kind: 'out-of-memory', exitCode: null, signal: 'SIGKILL' })[0]).toBe('ready/retry-delay');
    expect(retried([1], { kind: 'signal', exitCode: null, signal: 'SIGSEGV' })[0]).toBe('failed/signal');
  });

  test('retries are used up by failures alone, and wait', () => {
    const { world, happen, node, start, end, of } = story(definition('a', { retries: 1, checkpoint: { kind: 'assumed' } }));
    node('n1', 1);
    start('a', 'n1');
    end('a', { exitCode: 1, stopCause: 'consolidation' });
    expect(world.run('e@a')?.retriesUsed).toBe(0);
    start('a', 'n1');
    end('a', { exitCode: 1 });
    expect(of('a')).toBe('ready/retry-delay');
    expect(world.readyCount).toBe(0);
    happen({ kind: 'run-retry-due', run: 'e@a' });
    expect(world.readyCount).toBe(1);
    start('a', 'n1');
    end('a', { exitCode: 1 });
    expect(of('a')).toBe('failed/exit');
  });

  test('two stops by walltime in a row without a sign of progress fail a run, a newer checkpoint clears the count', () => {
    const { world, node, start, end, of } = story(definition('a', { checkpoint: { kind: 'every', everyMs: 60_000 } }));
    node('n1', 1);
    start('a', 'n1');
    end('a', { exitCode: 143, stopCause: 'walltime' });
    expect(of('a')).toBe('ready/walltime');
    start('a', 'n1');
    end('a', { exitCode: 143, stopCause: 'walltime', checkpointAtMs: nowMs });
    expect(world.run('e@a')?.stopsWithoutProgress).toBe(0);
    for (const expected of ['ready/walltime', 'failed/no-progress']) {
      start('a', 'n1');
      end('a', { exitCode: 143, stopCause: 'walltime', checkpointAtMs: nowMs });
      expect(of('a')).toBe(expected);
    }
  });

  test('a run that cannot resume and outlived a whole walltime fails at once and says what it needs', () => {
    const { world, node, start, end, of } = story(definition('a', { checkpoint: { kind: 'none' } }));
    node('n1', 1);
    start('a', 'n1');
    end('a', { exitCode: 143, stopCause: 'walltime' });
    expect(of('a')).toBe('failed/no-progress');
    expect(world.run('e@a')?.detail).toMatch(/needs more than/);
  });

  test('the fifth node that dies under a run ends it as crash-limit', () => {
    const { happen, node, start, of } = story(definition('a'));
    for (const id of ['n1', 'n2', 'n3', 'n4', 'n5']) {
      expect(of('a')).not.toBe('failed/crash-limit');
      node(id, 1);
      start('a', id);
      happen({ kind: 'node-gone', node: id, nonce: `n-${id}`, proof: 'guard' });
    }
    expect(of('a')).toBe('failed/crash-limit');
  });

  test('crash_limit of the run is the number of nodes that may die under it', () => {
    const { world, happen, node, start, of } = story(definition('a', { crashLimit: 2 }));
    for (const [id, expected] of [
      ['n1', 'ready/node-lost'],
      ['n2', 'failed/crash-limit'],
    ] as const) {
      node(id, 1);
      start('a', id);
      happen({ kind: 'node-gone', node: id, nonce: `n-${id}`, proof: 'guard' });
      expect(of('a')).toBe(expected);
    }
    expect(world.run('e@a')?.detail).toMatch(/^2 nodes died under it; node n2 on h was lost/);
  });

  test.each<[string, (id: string) => readonly JuqueueEvent[], string]>([
    ['its node was drained for the end of its walltime', (node) => [{ kind: 'node-drained', node, reason: 'walltime' }], 'ready/walltime'],
    ['its node was drained for a preemption', (node) => [{ kind: 'node-drained', node, reason: 'preempted' }], 'ready/preempted'],
    ['its deadline had passed', (node) => [{ kind: 'node-deadline-changed', node, deadlineMs: nowMs }], 'ready/walltime'],
    ['its allocation was preempted without a warning', (id) => [ended(id, 'PREEMPTED')], 'ready/preempted'],
    ['its allocation was cancelled by a person', (id) => [ended(id, 'CANCELLED by 1000')], 'ready/node-lost'],
    [
      'we had cancelled its allocation',
      (id) => [{ kind: 'allocation-cancel-requested', allocation: id, reason: 'stop' }],
      'ready/node-lost',
    ],
    [
      'it was being moved',
      () => [{ kind: 'run-stop-requested', run: 'e@a', attempt: 1, cause: 'consolidation', graceMs: 1_000 }],
      'ready/node-lost',
    ],
  ])('a death of its node does not count when %s', (_, before, expected) => {
    const { world, happen, node, start, of } = story(definition('a', { crashLimit: 1, checkpoint: { kind: 'assumed' } }));
    node('n1', 1);
    start('a', 'n1');
    happen(...before('n1'), { kind: 'node-gone', node: 'n1', nonce: 'n-n1', proof: 'lease-and-margins-passed' });
    expect([of('a'), world.run('e@a')?.crashes]).toEqual([expected, 0]);
  });

  test('a node that lost only its lease has not died', () => {
    const { world, happen, node, start, of } = story(definition('a', { crashLimit: 1 }));
    node('n1', 1);
    start('a', 'n1');
    happen({ kind: 'node-gone', node: 'n1', nonce: 'n-n1', proof: 'lease-ended-on-node' });
    expect([of('a'), world.run('e@a')?.crashes]).toEqual(['ready/node-lost', 0]);
  });
});

function ended(allocation: string, state: string): JuqueueEvent {
  return { kind: 'allocation-ended', allocation, startedAtMs: nowMs, endedAtMs: nowMs + 1, state, isConfirmed: true };
}

describe('nodes', () => {
  test('a node that is gone loses all its runs in the same event, and only under its own nonce', () => {
    const { world, happen, node, start, of } = story(definition('a'), definition('b'));
    node('n1', 2);
    start('a', 'n1', [0]);
    start('b', 'n1', [1]);
    happen({ kind: 'node-gone', node: 'n1', nonce: 'another', proof: 'guard' });
    expect(of('a')).toBe('running/running');
    happen({ kind: 'node-gone', node: 'n1', nonce: 'n-n1', proof: 'guard' });
    expect([of('a'), of('b')]).toEqual(['ready/node-lost', 'ready/node-lost']);
    expect(world.allocation('n1')?.node?.occupants).toEqual([null, null]);
  });

  test('silence is shown on the runs and taken back when the node is linked again', () => {
    const { happen, node, start, of } = story(definition('a'));
    node('n1', 1);
    start('a', 'n1');
    happen({ kind: 'node-silent', node: 'n1', nonce: 'n-n1' });
    expect(of('a')).toBe('running/node-silent');
    happen({ kind: 'node-linked', node: 'n1', nonce: 'n-n1' });
    expect(of('a')).toBe('running/running');
  });

  test('a slot cannot be taken twice', () => {
    const { node, start } = story(definition('a'), definition('b'));
    node('n1', 1);
    start('a', 'n1');
    expect(() => start('b', 'n1')).toThrow(/slot 0 of n1 is taken/);
  });

  test('attempts sent ahead hold no slot until they start', () => {
    const { world, happen, node, start, end } = story(definition('a'), definition('b'));
    node('n1', 1);
    start('a', 'n1');
    happen({ kind: 'run-placed', run: 'e@b', attempt: 1, node: 'n1', nonce: 'n-n1', slots: [] });
    expect(world.allocation('n1')?.node).toMatchObject({ occupants: ['e@a'], ahead: ['e@b'] });
    end('a', {});
    expect(world.allocation('n1')?.node?.idleSinceMs).toBeNull();
    happen({ kind: 'run-started', run: 'e@b', attempt: 1, slots: [0], pid: 7, startedAtMs: nowMs });
    expect(world.allocation('n1')?.node).toMatchObject({ occupants: ['e@b'], ahead: [] });
  });
});

describe('dependencies', () => {
  const worlds = () =>
    story(definition('a'), definition('b'), definition('all', { dependsOn: ['e@*b', 'a'] }), definition('after', { dependsOn: ['all'] }));

  test('a run is blocked until everything it depends on is finished', () => {
    const { world, node, start, end, of } = worlds();
    expect([of('all'), of('after')]).toEqual(['ready/blocked', 'ready/blocked']);
    expect(world.run('e@all')?.detail).toBe('waits for e@*b: 0 of 1 finished');
    node('n1', 2);
    start('a', 'n1', [0]);
    start('b', 'n1', [1]);
    end('a', {});
    expect(of('all')).toBe('ready/blocked');
    end('b', {});
    expect([of('all'), of('after')]).toEqual(['ready/queued', 'ready/blocked']);
  });

  test('a failure makes all dependants inactive, and a resume of what failed takes them along', () => {
    const { happen, node, start, end, of } = worlds();
    node('n1', 2);
    start('a', 'n1', [0]);
    end('a', { exitCode: 3 });
    expect([of('all'), of('after')]).toEqual(['inactive/dependency-failed', 'inactive/dependency-failed']);
    happen({ kind: 'runs-resumed', runs: ['e@a'], by: 'test' });
    expect([of('all'), of('after')]).toEqual(['ready/blocked', 'ready/blocked']);
  });

  test('a hundred thousand runs in pairs are defined and followed in moments', () => {
    const pairs = Array.from({ length: 50_000 }, (_, i) => [definition(`a${i}`), definition(`b${i}`, { dependsOn: [`a${i}`] })]).flat();
    const before = process.cpuUsage();
    const { world } = story(...pairs);
    const { user, system } = process.cpuUsage(before);
    expect(world.readyCount).toBe(50_000);
    expect(user + system).toBeLessThan(10_000_000);
  });
});

describe('a reload', () => {
  test('lets a running run of a removed definition end before it goes', () => {
    const { world, happen, define, node, start, stop, end, of } = story(definition('a'), definition('b'));
    node('n1', 1);
    start('a', 'n1');
    happen(define(true, [], [], ['e@a', 'e@b']));
    expect([of('a'), of('b')]).toEqual(['running/running', 'gone']);
    stop('a', 'user');
    end('a', { exitCode: 143, stopCause: 'user' });
    expect(of('a')).toBe('gone');
    expect(world.experiments.size).toBe(0);
  });

  test('gives a running run its new definition when its attempt has ended', () => {
    const { world, happen, define, node, start, end, of } = story(definition('a'));
    node('n1', 1);
    start('a', 'n1');
    happen(define(true, [], [definition('a', { priority: 9 })]));
    expect(world.run('e@a')?.definition.priority).toBe(0);
    end('a', { exitCode: 143, stopCause: 'definition-changed' });
    expect(of('a')).toBe('ready/definition-changed');
    expect(world.run('e@a')?.definition.priority).toBe(9);
    expect(world.readyShapes[0]?.shape.priority).toBe(9);
  });
});

test('counts by status follow every event', () => {
  const { world, happen, node, start, end } = story(definition('a'), definition('b'), definition('c'));
  node('n1', 2);
  start('a', 'n1', [0]);
  start('b', 'n1', [1]);
  end('a', {});
  happen({ kind: 'runs-cancelled', runs: ['e@c'], by: 'test', reason: null });
  expect(world.experiments.get('e')?.counts).toEqual({ inactive: 1, ready: 0, running: 1, finished: 1, failed: 0 });
});

test('an event that the table does not allow is a broken promise with both names', () => {
  const { happen } = story(definition('a'));
  expect(() => happen({ kind: 'runs-resumed', runs: ['e@a'], by: 'test' })).toThrow(/from ready to ready by runs-resumed/);
});

test('a run that did not save itself in its grace is remembered as not movable, until its definition changes', () => {
  const { world, happen, define, node, start, stop, end } = story(definition('a'));
  node('n1', 1);
  start('a', 'n1');
  stop('a', 'consolidation');
  happen({ kind: 'run-stop-withdrawn', run: 'e@a', attempt: 1 });
  expect(world.run('e@a')).toMatchObject({ status: 'running', reason: 'running', hasRefusedToSave: true });
  happen(define(true, [], [definition('a', { priority: 9 })]));
  end('a', { exitCode: 143, stopCause: 'definition-changed' });
  expect(world.run('e@a')?.hasRefusedToSave).toBe(false);
});

describe('devices', () => {
  const clusters: DurableEvent = {
    kind: 'clusters-defined',
    clusters: [{ ...localCluster, cudaDevicesPerSlot: 1, nodeResources: { slots: 4, gpus: 4, cpus: 8 } }],
  };
  const appears = (id: string, devices: number | null): readonly DurableEvent[] => [
    {
      kind: 'allocation-requested',
      allocation: id,
      cluster: 'local',
      token: `t-${id}`,
      slots: 4,
      resources: { slots: 4, gpus: 4, cpus: 8 },
      walltimeMs: null,
      leaseMs: null,
    },
    { kind: 'node-appeared', node: id, nonce: id, host: 'h', pid: 1, deadlineMs: null, found: { cpus: 4, memoryBytes: 1e9, devices } },
  ];

  test('a node has no more than it found, and further nodes are expected to be like it', () => {
    const { world, happen } = story();
    happen(clusters, ...appears('n1', 2));
    expect(world.allocation('n1')?.resources).toEqual({ slots: 4, gpus: 2, cpus: 8 });
    expect(world.clusters.get('local')?.nodeResources['gpus']).toBe(2);
    expect(machineNotices(world)).toEqual([
      'local: node n1 on h has 4 of the 8 cpus that clusters.yaml declares',
      'local: node n1 on h has 2 of the 4 gpus that clusters.yaml declares',
    ]);
    happen(...appears('n2', 9));
    expect(world.clusters.get('local')?.nodeResources['gpus']).toBe(4);
  });

  test('a node to which nothing was listed has what is declared', () => {
    const { world, happen } = story();
    happen(clusters, ...appears('n1', null));
    expect(world.allocation('n1')?.resources).toMatchObject({ gpus: 4 });
  });
});

describe('times', () => {
  test('are learned from runs that finished, by the parameter that matters, and say how they are known', () => {
    const names = ['small', 'large'].flatMap((size) => [1, 2, 3, 4].map((seed) => ({ size, seed })));
    const { world, node, start, end } = story(
      ...names.map(({ size, seed }) => definition(`${size}${seed}`, { parameters: { size, seed } })),
      definition('next', { parameters: { size: 'large', seed: 9 } }),
      definition('told', { timeMs: 7 }),
    );
    node('n1', 1);
    const next = () => world.run('e@next') ?? expect.fail('there is no such run');
    for (const { size, seed } of names) {
      start(`${size}${seed}`, 'n1');
      const startedAtMs = world.run(`e@${size}${seed}`)?.execution?.startedAtMs ?? 0;
      end(`${size}${seed}`, {
        kind: 'exit',
        exitCode: 0,
        startedAtMs,
        endedAtMs: startedAtMs + (size === 'large' ? 3_600_000 : 60_000) + seed,
      });
    }
    expect(attemptTimeOf(world, next())).toMatchObject({ ms: 3_600_002, upperMs: 3_600_004, source: 'learned', by: 'size' });
    expect(attemptTimeOf(world, world.run('e@told') ?? next())).toMatchObject({ ms: 7, source: 'declared' });
  });
});

describe('an experiment that starts with its first run', () => {
  test('starts the first that waits for no other; the others when a run has finished', () => {
    const { happen, define, node, start, end, of } = story();
    happen(define('first', [definition('a', { dependsOn: ['b'] }), definition('b'), definition('c')]));
    expect([of('a'), of('b'), of('c')]).toEqual(['inactive/new', 'ready/queued', 'inactive/new']);
    node('n1', 1);
    start('b', 'n1');
    happen(define('first', [definition('d')]));
    expect(of('d')).toBe('inactive/new');
    end('b', {});
    expect([of('a'), of('b'), of('c'), of('d')]).toEqual(['ready/queued', 'finished/exit', 'ready/queued', 'ready/queued']);
    happen(define('first', [definition('e')]));
    expect(of('e')).toBe('ready/queued');
  });

  test('lets the others rest when the first fails, until it has finished after all', () => {
    const { world, happen, define, node, start, end, of } = story();
    happen(define('first', [definition('a'), definition('b')]));
    node('n1', 1);
    start('a', 'n1');
    end('a', { exitCode: 1 });
    expect([of('a'), of('b')]).toEqual(['failed/exit', 'inactive/new']);
    expect(world.run('e@b')?.detail).toBe('starts when e@a, the first of its experiment, has finished');
    happen({ kind: 'runs-resumed', runs: ['e@a'], by: 'test' });
    start('a', 'n1');
    end('a', {});
    expect(of('b')).toBe('ready/queued');
  });

  test('starts the others too when it says so later', () => {
    const { happen, define, of } = story();
    happen(define('first', [definition('a'), definition('b')]));
    happen(define(true, []));
    expect([of('a'), of('b')]).toEqual(['ready/queued', 'ready/queued']);
  });
});

test('runs of a sweep share what they say alike, also when they come from a journal that gives each a copy', () => {
  const copies = ['a', 'b', 'c'].map((name, seed) =>
    structuredClone(definition(name, { parameters: { seed }, cmd: ['train', name === 'c' ? 'else' : 'it'] })),
  );
  const { world } = story(...copies);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => world.run(`e@${name}`)?.definition ?? expect.fail(`there is no ${name}`));
  expect(b?.executor).toBe(a?.executor);
  expect(c?.executor).toBe(a?.executor);
  expect(b?.cmd).toBe(a?.cmd);
  expect([c?.cmd, b?.parameters]).toEqual([['train', 'else'], { seed: 1 }]);
});
