import { expect, test, vi } from 'vitest';
import { aJob, goodResult, pull, TestHub } from './test-hub.ts';
import type { Ask } from './test-hub.ts';

// Each starts hubs and Redis as real processes, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

interface EventRow {
  readonly seq: number;
  readonly job: string;
  readonly kind: string;
}

const eventsOf = (answer: { readonly body: Record<string, unknown> }): readonly EventRow[] =>
  (answer.body['events'] ?? []) as readonly EventRow[];

async function claimed(ask: Ask, agent: Ask): Promise<string> {
  const id = String((await ask('POST', '/jobs', aJob)).body['id']);
  await pull(agent);
  await agent('POST', `/jobs/${id}/attempts/1/claim`);
  return id;
}

/** Reads server-sent events until one satisfies. */
async function readUntil(url: string, headers: Readonly<Record<string, string>>, isLast: (text: string) => boolean): Promise<string> {
  const end = new AbortController();
  const answer = await fetch(url, { headers, signal: end.signal });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (isLast(text)) break;
  }
  end.abort();
  return text;
}

test('every reader sees every event of its jobs, in the same order, and goes on where it was', async () => {
  await using hub = await TestHub.start();
  const [ada, bob, manager] = [await hub.person('ada', 'editor'), await hub.person('bob', 'editor'), await hub.asManager()];
  for (const [ask, queue] of [
    [ada, 'a'],
    [bob, 'a'],
    [ada, 'b'],
  ] as const)
    await ask('POST', '/jobs', { ...aJob, queue });
  expect(eventsOf(await ada('GET', '/events')).map(({ kind }) => kind)).toEqual(['created', 'launched', 'created', 'launched']);
  expect(eventsOf(await ada('GET', '/events?queue=b'))).toHaveLength(2);
  const all = eventsOf(await manager('GET', '/events'));
  expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(eventsOf(await manager('GET', '/events?after=2&limit=2')).map(({ seq }) => seq)).toEqual([3, 4]);
  expect(await ada('PUT', '/readers/laptop', { after: 2 })).toMatchObject({ status: 200, body: { afterSeq: 2 } });
  expect(eventsOf(await ada('GET', '/events?reader=laptop')).map(({ seq }) => seq)).toEqual([5, 6]);
  expect(eventsOf(await bob('GET', '/events?reader=laptop')).map(({ seq }) => seq)).toEqual([3, 4]);
  await hub.stop();
  await hub.start();
  expect(await ada('GET', '/readers/laptop')).toMatchObject({ body: { afterSeq: 2 } });
});

test('a question for events waits for the next one, and no longer than asked', async () => {
  await using hub = await TestHub.start();
  const ada = await hub.person('ada', 'editor');
  const beganMs = performance.now();
  expect(await ada('GET', '/events?waitMs=300')).toMatchObject({ body: { events: [], nextAfter: 0 } });
  expect(performance.now() - beganMs).toBeGreaterThan(250);
  const waiting = ada('GET', '/events?waitMs=25000');
  await ada('POST', '/jobs', aJob);
  expect(eventsOf(await waiting)[0]).toMatchObject({ kind: 'created' });
});

test('events stream as server-sent events and go on behind the last id', async () => {
  await using hub = await TestHub.start();
  const key = await hub.managerKey();
  const manager = await hub.asManager();
  await manager('POST', '/jobs', aJob);
  const headers = { authorization: `Bearer ${key}` };
  const streaming = readUntil(`${hub.url}/api/v1/events/stream?after=1`, headers, (text) => text.includes('event: cancelled'));
  const { body } = await manager('GET', '/jobs');
  await manager('POST', `/jobs/${(body['jobs'] as unknown as readonly { id: string }[])[0]?.id}/cancel`);
  const text = await streaming;
  expect(text).toMatch(/id: 2\nevent: launched\ndata: \{.*\n\nid: 3\nevent: cancelled\n/s);
  const rest = await readUntil(`${hub.url}/api/v1/events/stream`, { ...headers, 'last-event-id': '2' }, (part) => part.includes('id: 3'));
  expect(rest).not.toContain('id: 2\n');
});

test('logs are written at their place, repeated parts change nothing, gaps are refused, and bytes are read as they are', async () => {
  await using hub = await TestHub.start();
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  const id = await claimed(ada, agent);
  const write = (offset: number, text: string) => agent('PUT', `/jobs/${id}/attempts/1/logs/stdout?offset=${offset}`, Buffer.from(text));
  expect(await write(0, 'hello ')).toMatchObject({ status: 200, body: { size: 6 } });
  expect(await write(0, 'hello wor')).toMatchObject({ body: { size: 9 } });
  expect(await write(4, 'o')).toMatchObject({ body: { size: 9 } });
  expect(await write(12, 'x')).toMatchObject({ status: 409, body: { code: 'JQ_LOG_GAP', hint: 'Send from byte 9 on.' } });
  expect(await write(9, 'ld\n')).toMatchObject({ body: { size: 12 } });
  const part = await ada('GET', `/jobs/${id}/logs?offset=6&limit=3`);
  expect(part.body['text']).toBe('wor');
  expect([part.headers.get('next-offset'), part.headers.get('log-size')]).toEqual(['9', '12']);
  expect((await ada('GET', `/jobs/${id}/logs?stream=stderr`)).body['text']).toBe('');
  expect(await agent('PUT', `/jobs/${id}/attempts/2/logs/stdout?offset=0`, Buffer.from('x'))).toMatchObject({
    status: 409,
    body: { code: 'JQ_ATTEMPT_OVER' },
  });
  expect(await agent('PUT', `/jobs/${id}/attempts/1/logs/secret?offset=0`, Buffer.from('x'))).toMatchObject({ status: 400 });
  const other = await hub.agent('other');
  expect(await other('PUT', `/jobs/${id}/attempts/1/logs/stdout?offset=0`, Buffer.from('x'))).toMatchObject({
    status: 409,
    body: { code: 'JQ_ATTEMPT_OVER' },
  });
});

test('a log streams while it is written and ends with its job', async () => {
  await using hub = await TestHub.start();
  const [manager, agent, key] = [await hub.asManager(), await hub.agent('juwels'), await hub.managerKey()];
  const id = await claimed(manager, agent);
  await agent('PUT', `/jobs/${id}/attempts/1/logs/stdout?offset=0`, Buffer.from('one\n'));
  const streaming = readUntil(`${hub.url}/api/v1/jobs/${id}/logs/stream`, { authorization: `Bearer ${key}` }, (text) =>
    text.includes('event: end'),
  );
  await agent('PUT', `/jobs/${id}/attempts/1/logs/stdout?offset=4`, Buffer.from('two\n'));
  await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult());
  const text = await streaming;
  const written = [...text.matchAll(/"base64":"([^"]*)"/g)].map(([, base64 = '']) => Buffer.from(base64, 'base64').toString()).join('');
  expect(written).toBe('one\ntwo\n');
  expect(text).toContain('data: {"status":"finished"}');
});

test('figures for Prometheus name the length of each queue', async () => {
  await using hub = await TestHub.start();
  const manager = await hub.asManager();
  for (const queue of ['day', 'day', 'night']) await manager('POST', '/jobs', { ...aJob, queue });
  const answer = await fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${await hub.managerKey()}` } });
  const text = await answer.text();
  expect(text).toContain('# TYPE queue_length gauge\nqueue_length{queue="day"} 2\nqueue_length{queue="night"} 1\n');
  expect(text).toContain('juqueue_hub_redis_connected 1');
  expect(await manager('GET', '/queues')).toMatchObject({
    body: {
      queues: [
        { name: 'day', jobs: { queued: 2 } },
        { name: 'night', jobs: { queued: 1 } },
      ],
    },
  });
});
