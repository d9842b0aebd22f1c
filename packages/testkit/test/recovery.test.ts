import { describe, expect, test } from 'vitest';
import type { HeldAttempt, WorkDirFindings } from '@juqueue/core';
import { EngineWorld, exited, testRun } from '../src/fakes/engine-world.ts';

const nothingFound: WorkDirFindings = { histories: [], allocations: [], folders: [] };

/** A manager that placed `names` on a first node and dies; the journal then ends after `keep` of its events. */
async function worldWithLoss(names: readonly string[], keep: (kind: string) => boolean): Promise<{ world: EngineWorld; node: string }> {
  const world = new EngineWorld();
  await world.start();
  await world.define(...names.map((name) => testRun(name)));
  const node = await world.nodeComes(1);
  await world.startsAll(node);
  const events = world.journal.flat();
  world.journal.splice(
    0,
    Infinity,
    events.slice(
      0,
      events.findIndex(({ event }) => !keep(event.kind)),
    ),
  );
  await world.index.reset();
  return { world, node };
}

const executing = (name: string, slot: number, attempt = 1): HeldAttempt => ({
  run: `e@${name}`,
  attempt,
  phase: 'executing',
  slots: [slot],
  pid: 100 + slot,
  startedAtMs: 1_000,
});

describe('after a start on a journal that has lost its newest events', () => {
  test('attempts that execute on a node that the journal knows are taken over, not ended and not started twice', async () => {
    const { world, node } = await worldWithLoss(['a', 'b'], (kind) => kind !== 'run-placed');
    await world.restart(nothingFound);
    expect(world.of('a')).toBe('ready/queued');
    expect(world.engine.health.notices.join()).toContain(`nothing starts before ${node} is heard or proven gone`);
    world.link.hello(node, 'nonce1', 2, { held: [executing('a', 0, 3)] });
    world.engine.admitNodes();
    await world.clock.advance(1_000);
    expect(world.engine.run('e@a')).toMatchObject({ status: 'running', attempt: 3, execution: { node, slots: [0], pid: 100 } });
    expect(world.link.to(node, 'stop')).toEqual([]);
    expect(world.link.to(node, 'start').map(({ spec }) => [spec.run, spec.attempt])).toEqual([['e@b', 1]]);
    expect(world.engine.health.notices).toEqual([]);
  });

  test('also when the journal does not know that the node had connected', async () => {
    const { world, node } = await worldWithLoss(['a'], (kind) => kind !== 'node-appeared');
    await world.restart(nothingFound);
    world.engine.admitNodes();
    world.link.hello(node, 'nonce1', 2, { held: [executing('a', 1)] });
    await world.clock.advance(1_000);
    expect(world.engine.run('e@a')).toMatchObject({ status: 'running', attempt: 1, execution: { node, slots: [1], pid: 101 } });
    expect(world.link.to(node, 'stop')).toEqual([]);
  });

  test('a node that the journal does not know is adopted by its files, and nothing starts before it is heard', async () => {
    const { world, node } = await worldWithLoss(['a'], (kind) => kind !== 'allocation-requested');
    const token = [...world.cluster.jobs.keys()][0] ?? '';
    const found = {
      ...nothingFound,
      allocations: [{ allocation: node, token, slots: 2, walltimeMs: null }],
      folders: [{ allocation: node, nonce: 'nonce1', ended: [], isClosed: false }],
    };
    await world.restart(found);
    world.engine.admitNodes();
    world.files.put(node, 'nonce1', { counter: 1 });
    await world.clock.advance(60_000);
    expect(world.of('a')).toBe('ready/queued');
    expect(world.cluster.jobs.size).toBe(1);
    expect(world.engine.snapshot.allocation(node)).toMatchObject({ token, status: 'running', node: { nonce: 'nonce1' } });
    world.link.hello(node, 'nonce1', 2, { held: [executing('a', 1)] });
    await world.clock.advance(1_000);
    expect(world.engine.run('e@a')).toMatchObject({ status: 'running', attempt: 1, execution: { node, slots: [1] } });
  });

  test('a node that is never heard again is waited out, and its runs then start under higher numbers', async () => {
    const { world, node } = await worldWithLoss(['a'], (kind) => kind !== 'run-placed');
    world.files.put(node, 'nonce1', { counter: 1 });
    await world.restart({ ...nothingFound, histories: [{ run: 'e@a', attempt: 4, outcome: null, definitionHash: null }] });
    world.engine.admitNodes();
    await world.clock.advance(170_000);
    expect(world.engine.run('e@a')).toMatchObject({ status: 'ready', attempt: 4 });
    await world.clock.advance(60_000);
    const next = await world.nodeComes(2);
    expect(world.link.to(next, 'start').map(({ spec }) => spec.attempt)).toEqual([5]);
  });

  test('ends that only the work-dir knows count: by spool, by history, also of an attempt that the journal takes as executing', async () => {
    const { world, node } = await worldWithLoss(['a', 'b'], (kind) => kind !== 'run-placed');
    const ended = [{ run: 'e@a', attempt: 2, outcome: exited(5_000) }];
    const failed = { ...exited(5_000), exitCode: 3 };
    await world.restart({
      ...nothingFound,
      folders: [{ allocation: node, nonce: 'nonce1', ended, isClosed: true }],
      histories: [{ run: 'e@b', attempt: 1, outcome: failed, definitionHash: world.engine.run('e@b')?.definitionHash ?? '' }],
    });
    expect([world.of('a'), world.of('b')]).toEqual(['finished/exit', 'failed/exit']);
    expect(world.engine.run('e@a')).toMatchObject({ attempt: 2 });
  });

  test('an end under another definition gives only its number', async () => {
    const { world } = await worldWithLoss(['a'], (kind) => kind !== 'run-placed');
    await world.restart({ ...nothingFound, histories: [{ run: 'e@a', attempt: 2, outcome: exited(5_000), definitionHash: 'another' }] });
    expect(world.engine.run('e@a')).toMatchObject({ status: 'ready', attempt: 2 });
  });

  test('numbers of allocations go on above those that were found', async () => {
    const { world } = await worldWithLoss(['a'], (kind) => kind !== 'allocation-requested');
    await world.restart({ ...nothingFound, allocations: [{ allocation: 'c-00041', token: 'gone', slots: 2, walltimeMs: null }] });
    world.engine.admitNodes();
    await world.passTime(120_000);
    expect(world.engine.snapshot.allocation('c-00042')).toBeDefined();
  });
});

describe('an experiment that is defined for the first time', () => {
  test('takes over what the folders of its runs tell: finished stays finished, numbers go on', async () => {
    const world = new EngineWorld();
    await world.start();
    world.histories = [
      { run: 'e@done', attempt: 3, outcome: exited(5_000), definitionHash: null },
      { run: 'e@moved', attempt: 2, outcome: { ...exited(5_000), exitCode: 143, stopCause: 'walltime' }, definitionHash: null },
      { run: 'e@other', attempt: 7, outcome: exited(5_000), definitionHash: 'of another definition' },
    ];
    await world.define(testRun('done'), testRun('moved', { checkpoint: { kind: 'assumed' } }), testRun('other'), testRun('new'));
    expect(['done', 'moved', 'other', 'new'].map((name) => [world.of(name), world.engine.run(`e@${name}`)?.attempt])).toEqual([
      ['finished/exit', 3],
      ['ready/walltime', 2],
      ['ready/queued', 7],
      ['ready/queued', 0],
    ]);
  });
});
