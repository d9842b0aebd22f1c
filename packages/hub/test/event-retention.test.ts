import { expect, test, vi } from 'vitest';
import { aJob, TestHub } from './test-hub.ts';
import type { Ask, TestAnswer } from './test-hub.ts';

// Each starts hubs and Redis as real processes, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

const day = 24 * 3_600_000;
const often = { pruneMs: 100 };

const seqsOf = ({ body }: TestAnswer): readonly number[] =>
  ((body['events'] ?? []) as readonly { readonly seq: number }[]).map(({ seq }) => seq);

/** A job that has ended: three events. */
async function endedJob(ask: Ask): Promise<string> {
  const id = String((await ask('POST', '/jobs', aJob)).body['id']);
  await ask('POST', `/jobs/${id}/cancel`);
  return id;
}

test('beyond their number the oldest events go, those of open jobs and the newest stay, and numbers go on after a restart', async () => {
  await using hub = await TestHub.start({ times: often, retention: { keptMs: 90 * day, most: 3 } });
  const manager = await hub.asManager();
  const open = String((await manager('POST', '/jobs', aJob)).body['id']);
  for (let i = 0; i < 4; i += 1) await endedJob(manager);
  await expect.poll(async () => seqsOf(await manager('GET', '/events')), { timeout: 20_000 }).toEqual([1, 2, 12, 13, 14]);
  expect((await manager('GET', `/jobs/${open}/history`)).body['events']).toMatchObject([{ kind: 'created' }, { kind: 'launched' }]);
  await manager('POST', `/jobs/${open}/cancel`);
  await expect.poll(async () => seqsOf(await manager('GET', '/events')), { timeout: 20_000 }).toEqual([13, 14, 15]);
  await hub.stop();
  await hub.start();
  await endedJob(manager);
  await expect.poll(async () => seqsOf(await manager('GET', '/events')), { timeout: 20_000 }).toEqual([16, 17, 18]);
});

test('a reader that stands before the oldest event is told so, with the place from which everything is there', async () => {
  await using hub = await TestHub.start({ times: often, retention: { keptMs: 90 * day, most: 2 } });
  const manager = await hub.asManager();
  for (let i = 0; i < 3; i += 1) await endedJob(manager);
  await expect.poll(async () => seqsOf(await manager('GET', '/events')), { timeout: 20_000 }).toEqual([8, 9]);
  for (const path of ['/events?after=3', '/events/stream?after=3', '/events/stream']) {
    const answer = await manager('GET', path, undefined, { 'last-event-id': '3' });
    expect(answer, path).toMatchObject({
      status: 410,
      body: {
        code: 'JQ_EVENTS_GONE',
        detail: 'Events up to 7 are not kept any more, and this reader stands at 3.',
        hint: expect.stringContaining('after=7'),
      },
    });
  }
  expect(seqsOf(await manager('GET', '/events?after=7'))).toEqual([8, 9]);
  await manager('PUT', '/readers/late', { after: 1 });
  expect(await manager('GET', '/events?reader=late')).toMatchObject({ status: 410, body: { code: 'JQ_EVENTS_GONE' } });
});

test('a named reader that is heard keeps what it has not passed, and one without news of its own is not left behind', async () => {
  await using hub = await TestHub.start({ times: often, retention: { keptMs: 90 * day, most: 2 } });
  const [manager, ada] = [await hub.asManager(), await hub.person('ada', 'editor')];
  const { body } = await ada('GET', '/events');
  await manager('PUT', '/readers/laptop', { after: 0 });
  for (let i = 0; i < 3; i += 1) await endedJob(manager);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(seqsOf(await manager('GET', '/events?reader=laptop'))).toHaveLength(9);
  // Nothing of ada's happened: she is as far as everybody.
  expect(await ada('GET', `/events?after=${String(body['nextAfter'])}`)).toMatchObject({ body: { events: [], nextAfter: 9 } });
  await manager('PUT', '/readers/laptop', { after: 9 });
  await expect.poll(async () => seqsOf(await manager('GET', '/events')), { timeout: 20_000 }).toEqual([8, 9]);
  expect(await ada('GET', '/events?after=9')).toMatchObject({ status: 200, body: { nextAfter: 9 } });
});

test('events that are too old go, whoever has not read them', async () => {
  await using hub = await TestHub.start({ times: often, retention: { keptMs: 2_000, most: 1_000_000 } });
  const manager = await hub.asManager();
  await manager('PUT', '/readers/laptop', { after: 0 });
  await endedJob(manager);
  expect(seqsOf(await manager('GET', '/events'))).toEqual([1, 2, 3]);
  await expect.poll(async () => seqsOf(await manager('GET', '/events')), { timeout: 20_000 }).toEqual([3]);
});
