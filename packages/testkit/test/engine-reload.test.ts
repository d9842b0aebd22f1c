import { describe, expect, test } from 'vitest';
import type { RunDefinition, RunningChoice } from '@juqueue/core';
import { EngineWorld, testRun } from '../src/fakes/engine-world.ts';

/** `a` and `b` execute on one node. */
async function runningWorld() {
  const world = new EngineWorld();
  await world.start();
  await world.define(testRun('a'), testRun('b'));
  const node = await world.nodeComes(1);
  await world.startsAll(node);
  const reload = (running: RunningChoice, ...runs: readonly RunDefinition[]) =>
    world.engineCommand({ kind: 'define-experiment', definition: { name: 'e', autostart: true, runs }, running });
  const stopsAsked = () => world.link.to(node, 'stop').map(({ run }) => run);
  const priorityOf = (name: string) => world.engine.run(`e@${name}`)?.definition.priority;
  return { world, node, reload, stopsAsked, priorityOf };
}

test('a run that is resumed afresh starts once in an empty directory, and its later attempts go on in it', async () => {
  const { world, node } = await runningWorld();
  await world.ends(node, 'a', { exitCode: 1 });
  await world.engineCommand({ kind: 'resume-runs', runs: ['e@a'], by: 'test', isFresh: true });
  await world.clock.advance(1_000);
  await world.startsAll(node);
  await world.ends(node, 'a', { exitCode: 1 });
  await world.engineCommand({ kind: 'resume-runs', runs: ['e@a'], by: 'test' });
  await world.clock.advance(1_000);
  expect(
    world.link
      .to(node, 'start')
      .filter(({ spec }) => spec.run === 'e@a')
      .map(({ spec }) => spec.isFresh ?? false),
  ).toEqual([false, true, false]);
});

describe('a new definition of a running run', () => {
  test('stops it, and it goes on under the new one', async () => {
    const { world, node, reload, stopsAsked, priorityOf } = await runningWorld();
    await reload('stop', testRun('a', { priority: 9 }), testRun('b'));
    expect(stopsAsked()).toEqual(['e@a']);
    await world.ends(node, 'a', { kind: 'signal', exitCode: null, signal: 'SIGTERM', stopCause: 'definition-changed' });
    expect(priorityOf('a')).toBe(9);
    expect(world.engine.run('e@a')?.attempt).toBe(2);
  });

  test('lets it finish when that is chosen; what it ended as stays, with the new definition', async () => {
    const { world, node, reload, stopsAsked, priorityOf } = await runningWorld();
    await reload('finish', testRun('a', { priority: 9 }), testRun('b'));
    await reload('stop', testRun('a', { priority: 9 }), testRun('b', { priority: 1 }));
    expect(stopsAsked()).toEqual(['e@b']);
    expect([world.of('a'), priorityOf('a')]).toEqual(['running/running', 0]);
    await world.ends(node, 'a');
    expect([world.of('a'), priorityOf('a')]).toEqual(['finished/exit', 9]);
  });

  test('that is taken back stops nothing', async () => {
    const { world, node, reload, stopsAsked, priorityOf } = await runningWorld();
    await reload('finish', testRun('a', { priority: 9 }), testRun('b'));
    await reload('stop', testRun('a'), testRun('b'));
    expect(stopsAsked()).toEqual([]);
    await world.ends(node, 'a');
    expect(priorityOf('a')).toBe(0);
  });

  test('without it lets it finish before it goes when that is chosen, also when other runs change later', async () => {
    const { world, node, reload, stopsAsked } = await runningWorld();
    await reload('finish', testRun('b'));
    await reload('stop', testRun('b'), testRun('c'));
    expect(stopsAsked()).toEqual([]);
    await world.ends(node, 'a');
    expect(world.engine.run('e@a')).toBeUndefined();
  });

  test('holds it back when the new one depends on what has not finished', async () => {
    const { world, node, reload } = await runningWorld();
    await reload('stop', testRun('a', { dependsOn: ['b'] }), testRun('b'));
    await world.ends(node, 'a', { kind: 'signal', exitCode: null, signal: 'SIGTERM', stopCause: 'definition-changed' });
    expect(world.of('a')).toBe('ready/blocked');
    await world.ends(node, 'b');
    expect(world.of('a')).toBe('running/starting');
  });
});
