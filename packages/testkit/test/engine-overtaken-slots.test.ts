import { expect, test } from 'vitest';
import { EngineWorld, testRun } from '../src/fakes/engine-world.ts';

/** A node frees the slot of an attempt when that exits, and tells its end a moment later, when it has read what it left behind. */
test('an attempt whose slot the next one took before its end was told is not forgotten when the node dies in between', async () => {
  const world = new EngineWorld();
  await world.start();
  await world.define(testRun('a'), testRun('b'), testRun('c'));
  const node = await world.nodeComes(1);
  await world.startsAll(node);
  const { slots } = world.engine.run('e@a')?.execution ?? { slots: [] };
  await world.ends(node, 'b');
  expect(world.of('c')).toBe('running/starting');
  world.link.say(node, { kind: 'started', run: 'e@c', attempt: 1, slots, pid: 101, startedAtMs: world.clock.nowMs() });
  await world.clock.advance(100);

  world.files.put(node, 'nonce1', { counter: 1, isClosed: true });
  world.link.cut(node);
  await world.clock.advance(10_000);
  expect([world.of('a'), world.of('c')]).toEqual(['ready/node-lost', 'ready/node-lost']);
});
