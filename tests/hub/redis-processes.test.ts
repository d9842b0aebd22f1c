import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HubProcess } from '../../packages/testkit/src/hub/hub-process.ts';

const limits = { timeout: 300_000 };
const lookMs = 5;

test(
  'of a hub that is killed, then twice more while it starts, there is one redis-server in the end, and none after an orderly stop',
  limits,
  async () => {
    await using hub = await HubProcess.start();
    const first = hub.redisPids;
    expect(first).toHaveLength(1);
    await hub.kill();
    expect(hub.redisPids).toEqual(first);
    for (const afterMs of [0, 20]) {
      const before = hub.redisPids;
      hub.begin();
      while (hub.redisPids.every((pid) => before.includes(pid))) await sleep(lookMs);
      await sleep(afterMs);
      await hub.kill();
      expect(hub.redisPids).toHaveLength(1);
    }
    await hub.start();
    expect(hub.redisPids).toHaveLength(1);
    expect(await hub.stop()).toBe(0);
    expect(hub.redisPids).toEqual([]);
  },
);

test('a hub that is asked to end while it starts leaves no redis-server', limits, async () => {
  await using hub = await HubProcess.prepare();
  hub.begin();
  while (hub.redisPids.length === 0) await sleep(lookMs);
  expect(await hub.stop()).toBe(0);
  expect(hub.redisPids).toEqual([]);
});

test('a hub that is asked to end while its redis-server is about to be started again leaves none', limits, async () => {
  await using hub = await HubProcess.start();
  await hub.killRedis();
  await sleep(100);
  expect(await hub.stop()).toBe(0);
  await sleep(1_000);
  expect(hub.redisPids).toEqual([]);
});
