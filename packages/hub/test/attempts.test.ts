import { expect, test, vi } from 'vitest';
import { aJob, goodResult, muchRoom, pull, TestHub } from './test-hub.ts';
import type { Ask } from './test-hub.ts';

// Each starts hubs and Redis as real processes, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

const fast = { leaseMs: 1_500, fenceMs: 500, offerMs: 1_500, deliveryMs: 1_000, watchMs: 50 };

async function claimed(agent: Ask, attempt = 1): Promise<string> {
  const [offer] = await pull(agent, 10_000);
  if (offer === undefined) throw new Error('nothing was offered');
  expect(offer.attempt).toBe(attempt);
  expect(await agent('POST', `/jobs/${offer.job}/attempts/${attempt}/claim`)).toMatchObject({ status: 200 });
  return offer.job;
}

test('a job whose agent is lost goes to another one after the fence, and the first one has nothing more to say about it', async () => {
  await using hub = await TestHub.start({ times: fast });
  const [ada, lost] = [await hub.person('ada', 'editor'), await hub.agent('lost')];
  await ada('POST', '/jobs', { ...aJob, retries: 1 });
  const id = await claimed(lost);
  const claimedAtMs = performance.now();
  const other = await hub.agent('other');
  expect(await claimed(other, 2)).toBe(id);
  expect(performance.now() - claimedAtMs).toBeGreaterThan(fast.leaseMs + fast.fenceMs - 100);
  for (const [path, body] of [
    ['complete', goodResult()],
    ['started', { run: 'r', node: null, cluster: null, startedAtMs: 1 }],
    ['infrastructure-error', { message: 'x' }],
  ] as const) {
    expect(await lost('POST', `/jobs/${id}/attempts/1/${path}`, body), path).toMatchObject({
      status: 409,
      body: { code: 'JQ_ATTEMPT_OVER' },
    });
  }
  expect(await lost('POST', '/leases/renew', { held: [{ job: id, attempt: 1 }], room: muchRoom })).toMatchObject({
    body: { renewed: [], lost: [{ job: id, attempt: 1 }] },
  });
  expect(await lost('POST', `/jobs/${id}/attempts/2/claim`)).toMatchObject({ status: 409 });
  expect(await other('POST', `/jobs/${id}/attempts/2/complete`, goodResult())).toMatchObject({ status: 200 });
  const { body } = await ada('GET', `/jobs/${id}/history`);
  expect(((body['events'] ?? []) as readonly { kind: string }[]).map(({ kind }) => kind)).toEqual([
    'created',
    'launched',
    'claimed',
    'lease-lost',
    'claimed',
    'completed',
  ]);
});

test('a lease that is renewed holds for as long as the job takes', async () => {
  await using hub = await TestHub.start({ times: fast });
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  await ada('POST', '/jobs', aJob);
  const id = await claimed(agent);
  const untilMs = performance.now() + 3 * fast.leaseMs;
  while (performance.now() < untilMs) {
    expect(await agent('POST', '/leases/renew', { held: [{ job: id, attempt: 1 }], room: muchRoom })).toMatchObject({
      body: { renewed: [{ job: id }] },
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({ body: { status: 'claimed', attempts: 1 } });
});

test('the result of a lost attempt is taken while nobody has claimed the job since', async () => {
  await using hub = await TestHub.start({ times: { ...fast, leaseMs: 300, fenceMs: 30_000 } });
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  const submitted = await ada('POST', '/jobs', aJob);
  const id = await claimed(agent);
  await expect
    .poll(async () => (await ada('GET', `/jobs/${id}`)).body, { timeout: 10_000 })
    .toMatchObject({ status: 'queued', reason: 'agent-lost' });
  expect(await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult())).toMatchObject({ status: 200 });
  expect(await ada('GET', `/jobs/${String(submitted.body['id'])}`)).toMatchObject({ body: { status: 'finished', attempts: 1 } });
});

test('infrastructure errors use attempts up; then the job is dead until somebody retries it', async () => {
  await using hub = await TestHub.start({ times: fast });
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  await ada('POST', '/jobs', { ...aJob, retries: 1, retryDelayMs: 100 });
  const id = await claimed(agent);
  expect(await agent('POST', `/jobs/${id}/attempts/1/infrastructure-error`, { message: 'no image' })).toMatchObject({ status: 200 });
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({ body: { status: 'queued', reason: 'infrastructure', detail: 'no image' } });
  await claimed(agent, 2);
  await agent('POST', `/jobs/${id}/attempts/2/infrastructure-error`, { message: 'still none' });
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({
    body: { status: 'dead', reason: 'attempts-used-up', detail: 'still none', attempts: 2 },
  });
  await expect.poll(async () => (await ada('GET', '/overview')).body['messages']).toMatchObject({ dead: 1 });
  expect(await ada('POST', `/jobs/${id}/retry`)).toMatchObject({ body: { status: 'queued', attemptsAllowed: 4 } });
  await claimed(agent, 3);
  await expect.poll(async () => (await ada('GET', '/overview')).body['messages']).toMatchObject({ dead: 0 });
  expect(await agent('POST', `/jobs/${id}/attempts/3/complete`, goodResult({ outcome: 'failed', exitCode: 7 }))).toMatchObject({
    status: 200,
  });
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({ body: { status: 'failed', reason: 'exit', result: { exitCode: 7 } } });
  expect(await ada('POST', `/jobs/${id}/retry`)).toMatchObject({ status: 409, body: { code: 'JQ_JOB_STATE' } });
});

test('a job that waits is cancelled at once; the agent of one that runs is told, and its answer counts', async () => {
  await using hub = await TestHub.start({ times: fast });
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  const waiting = String((await ada('POST', '/jobs', { ...aJob, profile: 'none/such', command: undefined })).body['id']);
  expect(await ada('GET', `/jobs/${waiting}`)).toMatchObject({ body: { status: 'queued' } });
  expect(await ada('POST', `/jobs/${waiting}/cancel`)).toMatchObject({ body: { status: 'cancelled', reason: 'user-cancelled' } });
  expect(await ada('POST', `/jobs/${waiting}/cancel`)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  await ada('POST', '/jobs', aJob);
  const id = await claimed(agent);
  expect(await ada('POST', `/jobs/${id}/cancel`)).toMatchObject({ body: { status: 'claimed', cancelRequested: { by: 'ada' } } });
  expect(await pull(agent)).toMatchObject([{ kind: 'cancel', job: id, attempt: 1 }]);
  expect(await agent('POST', '/leases/renew', { held: [{ job: id, attempt: 1 }], room: muchRoom })).toMatchObject({
    body: { renewed: [{ job: id }], cancelled: [{ job: id }] },
  });
  await agent(
    'POST',
    `/jobs/${id}/attempts/1/complete`,
    goodResult({ outcome: 'cancelled', reason: 'user-cancelled', exitCode: null, signal: 'SIGTERM' }),
  );
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({ body: { status: 'cancelled', reason: 'user-cancelled' } });
});

test('a wish to cancel is fulfilled when the agent is lost', async () => {
  await using hub = await TestHub.start({ times: fast });
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  await ada('POST', '/jobs', aJob);
  const id = await claimed(agent);
  await ada('POST', `/jobs/${id}/cancel`);
  await expect.poll(async () => (await ada('GET', `/jobs/${id}`)).body['status'], { timeout: 10_000 }).toBe('cancelled');
});

test('an offer that is declined goes to another agent, one that lapses too, and the first is asked again after a rest', async () => {
  await using hub = await TestHub.start({ times: fast });
  const [ada, first] = [await hub.person('ada', 'editor'), await hub.agent('a')];
  const id = String((await ada('POST', '/jobs', aJob)).body['id']);
  expect(await pull(first)).toMatchObject([{ job: id }]);
  expect(await first('POST', `/jobs/${id}/attempts/1/decline`, { reason: 'the manager is away' })).toMatchObject({ status: 200 });
  expect(await first('POST', `/jobs/${id}/attempts/1/claim`)).toMatchObject({ status: 409 });
  await expect.poll(async () => (await ada('GET', `/jobs/${id}`)).body['waitsFor']).toBe('declined');
  expect(await pull(first, 10_000)).toMatchObject([{ job: id, attempt: 1 }]);
  const second = await hub.agent('b');
  expect(await pull(second, 10_000)).toMatchObject([{ job: id, attempt: 1 }]);
  expect(await first('POST', `/jobs/${id}/attempts/1/claim`)).toMatchObject({ status: 409 });
  expect(await second('POST', `/jobs/${id}/attempts/1/claim`)).toMatchObject({ status: 200 });
});

test('a message that was not acknowledged is delivered again', async () => {
  await using hub = await TestHub.start({ times: { ...fast, offerMs: 60_000, leaseMs: 60_000 } });
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  await ada('POST', '/jobs', aJob);
  const [offer] = await pull(agent);
  expect(await pull(agent, 15_000)).toEqual([offer]);
  expect(await agent('POST', '/messages/ack', { ids: [offer?.id, 'offer.unknown.1'] })).toMatchObject({ status: 200 });
  expect(await pull(agent, 3_000)).toEqual([]);
});

test('what says that nobody can take a job is told: no agent, too large, not allowed on the host', async () => {
  await using hub = await TestHub.start();
  const manager = await hub.asManager();
  const waitsFor = async (body: object): Promise<unknown> => {
    const id = String((await manager('POST', '/jobs', body)).body['id']);
    await expect.poll(async () => (await manager('GET', `/jobs/${id}`)).body['waitsFor']).not.toBeNull();
    return (await manager('GET', `/jobs/${id}`)).body['waitsFor'];
  };
  expect(await waitsFor(aJob)).toBe('no-agent');
  const agent = await hub.agent('juwels', ['host', 'image'], ['ada']);
  await pull(agent, 100);
  expect(await waitsFor(aJob)).toBe('host-not-allowed');
  expect(await waitsFor({ ...aJob, image: 'x', resources: { slots: 9 } })).toBe('too-large');
  expect(await waitsFor({ profile: 'text:embed/gpu' })).toBe('no-agent');
  expect(await manager('GET', '/profiles')).toMatchObject({
    body: { profiles: [{ profile: 'host', agents: [{ agent: 'juwels' }] }, { profile: 'image' }] },
  });
});

test('an agent that has not registered is told to', async () => {
  await using hub = await TestHub.start();
  const stranger = hub.signed('x', await hub.credential('x'));
  expect(await stranger('POST', '/messages/pull', { max: 1, waitMs: 0, room: muchRoom })).toMatchObject({
    status: 404,
    body: { code: 'JQ_AGENT_UNKNOWN' },
  });
  expect(await stranger('POST', '/leases/renew', { held: [], room: muchRoom })).toMatchObject({
    status: 404,
    body: { code: 'JQ_AGENT_UNKNOWN' },
  });
});

test('a job that has ended is deleted with its logs, one that has not is kept', async () => {
  await using hub = await TestHub.start();
  const ada = await hub.person('ada', 'editor');
  const id = String((await ada('POST', '/jobs', aJob)).body['id']);
  expect(await ada('DELETE', `/jobs/${id}`)).toMatchObject({ status: 409, body: { code: 'JQ_JOB_STATE' } });
  await ada('POST', `/jobs/${id}/cancel`);
  expect(await ada('DELETE', `/jobs/${id}`)).toMatchObject({ status: 204 });
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({ status: 404 });
  expect(await ada('GET', '/events')).toMatchObject({
    body: { events: [{ kind: 'created' }, { kind: 'launched' }, { kind: 'cancelled' }, { kind: 'deleted' }] },
  });
});
