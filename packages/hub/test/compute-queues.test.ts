import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { durationMs, jobIdOf } from '../src/adapters/compute-queues/definition.ts';
import { goodResult, pull, TestHub } from './test-hub.ts';
import type { Ask } from './test-hub.ts';

const queue = 'lab-queue-7f3a9c21';
const limits = { timeout: 60_000 };

async function computeQueues(hub: TestHub) {
  const ada = await hub.person('ada', 'editor');
  const key = String((await ada('POST', '/keys', {})).body['key']);
  const ask = async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(`${hub.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, never>,
    };
  };
  expect((await ask('PUT', `/q/${queue}`, undefined, { authorization: `Bearer ${key}` })).status).toBe(200);
  const submit = async (definition: object, control: object = {}) => {
    const answer = await ask('POST', `/q/${queue}`, { definition, control });
    expect(answer.body).toEqual({ success: true, jobId: jobIdOf(definition as Record<string, unknown>) });
    return String(answer.body['jobId']);
  };
  const stateOf = async (id: string): Promise<Record<string, unknown>> =>
    (await ask('GET', `/q/${queue}/j/${id}`)).body['data']?.['results'] ?? {};
  return { ada, key, ask, submit, stateOf };
}

/** Executes the oldest job that is offered. */
async function execute(agent: Ask, result: object = {}): Promise<string> {
  const offer = (await pull(agent)).find(({ kind }) => kind === 'offer');
  const held = `/jobs/${offer?.job}/attempts/${offer?.attempt}`;
  await agent('POST', `${held}/claim`);
  await agent('POST', `${held}/complete`, goodResult(result));
  return String(offer?.job);
}

const echo = (text: string) => ({ image: 'alpine:3.18.5', command: `echo ${text}` });
const start = () => TestHub.start({ adapters: ['compute-queues'] });

test.each([
  [{ image: 'alpine:3.18.5', command: 'echo 1' }, 'd4c446637413aa78f685e1644a30fa31576089dd6ec5ba9116a5ed4b02e52672'],
  [
    { requirements: { gpus: 1 }, image: 'alpine:3.18.5', command: 'echo 1' },
    '9155c160f36e1eaf28a79aaf3066e9323588467cfeca59a0fa51f9a92f3c47ab',
  ],
  [
    { command: 'cat /inputs/a.txt', image: 'alpine:3.18.5', inputs: { 'a.txt': { type: 'utf8', value: 'hello' } } },
    'eece1e53d2a3ecba7d78a381f3a2823de384761dffbbc606533125e945bdccc7',
  ],
])('the id of %j is the published one', (definition, id) => {
  expect(jobIdOf(definition)).toBe(id);
});

test('what does not change what is executed does not change the id', () => {
  const inputs = (reference: object) => jobIdOf({ image: 'a', inputs: { x: reference } });
  expect(inputs({ type: 'url', value: 'https://s3/x?X-Amz-Signature=1' })).toBe(inputs({ type: 'url', value: 'https://s3/x', hash: 'h' }));
  expect(jobIdOf({ image: 'a', env: { channel: '7' } })).toBe(jobIdOf({ image: 'a' }));
  expect(jobIdOf({ image: 'a', env: { A: '1', channel: '7' } })).toBe(jobIdOf({ image: 'a', env: { A: '1' } }));
  expect([durationMs('5m'), durationMs(90), durationMs('1.5h'), durationMs(undefined)]).toEqual([300_000, 90_000, 5_400_000, null]);
});

test('a queue is open to who knows its name, once its owner has opened it', limits, async () => {
  await using hub = await start();
  const { ask, key, submit } = await computeQueues(hub);
  expect(await ask('POST', '/q/another-queue-that-is-not-open', { definition: echo('1') })).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('There is no queue') },
  });
  expect((await ask('PUT', '/q/short', undefined, { authorization: `Bearer ${key}` })).status).toBe(400);
  expect((await ask('PUT', '/q/yet-another-long-name')).status).toBe(401);
  const id = await submit(echo('1'));
  expect((await ask('GET', `/q/${queue}`)).body).toMatchObject({ data: { [id]: { state: 'Queued', namespaces: ['_'] } } });
  expect((await ask('GET', `/q/${queue}/j`)).headers.get('access-control-allow-origin')).toBe('*');
  expect((await ask('OPTIONS', `/q/${queue}`)).status).toBe(204);
  expect(await ask('GET', `/q/${queue}/metrics`)).toMatchObject({
    status: 200,
    text: '\n# HELP queue_length The number of outstanding jobs in the queue\n# TYPE queue_length gauge\nqueue_length 1\n',
  });
  expect((await ask('GET', `/q/${queue}/status`)).body).toMatchObject({
    jobs: { [id]: {} },
    otherServers: {},
    localWorkers: {},
    clientCount: 0,
    queueInfo: { address: queue, jobCount: 1, queueLength: 1 },
  });
  expect((await ask('DELETE', `/q/${queue}`, undefined, { authorization: `Bearer ${key}` })).status).toBe(204);
  expect((await ask('GET', `/q/${queue}`)).status).toBe(404);
});

test(
  'the same definition is the same job: a result is there for whoever asks again, and a non-zero exit is none that succeeded',
  limits,
  async () => {
    await using hub = await start();
    const { ask, submit, stateOf } = await computeQueues(hub);
    const agent = await hub.agent('juwels', ['image']);
    const good = await submit({ ...echo('good'), inputs: { 'dir/a.txt': { type: 'utf8', value: 'hello' } }, maxDuration: '5m' });
    expect(await submit({ ...echo('good'), inputs: { 'dir/a.txt': { type: 'utf8', value: 'hello' } }, maxDuration: '5m' })).toBe(good);
    expect((await ask('GET', `/q/${queue}/j/${good}/result.json`)).body).toEqual({ data: null });
    const job = await execute(agent, { stdoutTail: 'good\n' });
    expect(await stateOf(good)).toMatchObject({
      state: 'Finished',
      finishedReason: 'Success',
      finished: { reason: 'Success', result: { StatusCode: 0, logs: [['good', expect.any(Number)]] } },
    });
    expect(await submit({ ...echo('good'), inputs: { 'dir/a.txt': { type: 'utf8', value: 'hello' } }, maxDuration: '5m' })).toBe(good);
    expect((await hub.asManager().then((manager) => manager('GET', `/jobs/${job}`))).body).toMatchObject({
      owner: 'ada',
      definition: {
        image: 'docker://alpine:3.18.5',
        timeLimitMs: 300_000,
        files: [{ path: 'inputs/dir/a.txt' }],
        env: { JOB_ID: good, JOB_INPUTS: '/work/inputs' },
      },
    });
    expect((await ask('GET', `/q/${queue}/j/${good}/inputs/dir/a.txt`)).text).toBe('hello');
    expect((await ask('GET', `/j/${good}/definition.json`)).body).toMatchObject({ data: { image: 'alpine:3.18.5' } });
    const bad = await submit(echo('bad'));
    await execute(agent, { outcome: 'failed', exitCode: 3 });
    expect(await stateOf(bad)).toMatchObject({ state: 'Finished', finishedReason: 'Error', finished: { result: { StatusCode: 3 } } });
    expect((await ask('GET', `/q/${queue}/j/${bad}/history.json`)).body).toMatchObject({
      data: [{ event: 'created' }, { event: 'launched' }, { event: 'claimed' }, { event: 'completed', status: 'failed' }],
    });
    expect(await ask('GET', `/j/${'0'.repeat(64)}`)).toMatchObject({ status: 404, body: { error: 'Job not found' } });
  },
);

test(
  'a namespace has one job, the newest; a job that several want ends with the last; what has ended is not cancelled',
  limits,
  async () => {
    await using hub = await start();
    const { ask, submit, stateOf } = await computeQueues(hub);
    const [a, b] = [await submit(echo('a'), { namespace: 'one' }), await submit(echo('b'), { namespace: 'two' })];
    await submit(echo('a'), { namespace: 'two' });
    expect(await stateOf(b)).toMatchObject({ state: 'Finished', finishedReason: 'JobReplacedByClient' });
    expect((await ask('GET', `/q/${queue}/j/${a}/namespaces.json`)).body).toEqual({ data: ['one', 'two'] });
    expect((await ask('POST', `/q/${queue}/j/${a}/one/cancel`)).body).toEqual({ success: true, jobId: a, namespace: 'one' });
    expect(await stateOf(a)).toMatchObject({ state: 'Queued' });
    expect((await ask('POST', `/q/${queue}/j/${a}/cancel?namespace=*`)).body).toMatchObject({ success: true });
    expect(await stateOf(a)).toMatchObject({ state: 'Finished', finishedReason: 'Cancelled' });
    expect((await ask('POST', `/q/${queue}/j/${a}/cancel`)).body).toEqual({ message: 'Job already Finished' });
    expect((await ask('POST', `/q/${queue}/j/${'0'.repeat(64)}/cancel`)).body).toEqual({ message: 'Job not found' });
    await submit(echo('a'));
    expect(await stateOf(a)).toMatchObject({ state: 'Queued' });
    const plain = [await submit(echo('x')), await submit(echo('y'))];
    for (const id of plain) expect(await stateOf(id)).toMatchObject({ state: 'Queued' });
  },
);

test('files by key, a copy into another queue, and what cannot be executed', limits, async () => {
  await using hub = await start();
  const { ask, key, submit } = await computeQueues(hub);
  expect((await ask('GET', '/f/some-key/exists')).body).toEqual({ exists: false });
  expect((await ask('PUT', '/f/some-key', 'the bytes')).status).toBe(200);
  expect((await ask('GET', '/f/some-key/exists')).body).toEqual({ exists: true });
  expect((await ask('GET', '/f/some-key')).text).toBe('the bytes');
  const { url, ref } = (await ask('GET', `/upload/older?queue=${queue}`)).body as unknown as { url: string; ref: object };
  expect(ref).toEqual({ value: 'older', type: 'key' });
  expect((await fetch(url, { method: 'PUT', body: 'old' })).status).toBe(200);
  const older = (await ask('GET', '/download/older')).body as unknown as { url: string; ref: object };
  expect(older.ref).toEqual({ value: older.url, type: 'url' });
  expect(await (await fetch(older.url)).text()).toBe('old');
  const id = await submit({ ...echo('1'), inputs: { big: { type: 'key', value: 'some-key' } } });
  expect((await ask('GET', `/q/${queue}/j/${id}/inputs/big`)).text).toBe('the bytes');
  const other = 'other-queue-9d2b7e10';
  await ask('PUT', `/q/${other}`, undefined, { authorization: `Bearer ${key}` });
  expect((await ask('POST', `/j/${id}/copy`, { queue: other })).body).toEqual({ success: true, jobId: id });
  expect((await ask('GET', `/q/${other}/j/${id}`)).status).toBe(200);
  const bad = async (definition: object) => (await ask('POST', `/q/${queue}`, { definition })).status;
  expect([
    await bad({ build: { context: 'https://github.com/x/y.zip' }, command: 'x' }),
    await bad({ ...echo('1'), inputs: { '../x': { type: 'utf8', value: '' } } }),
    await bad({ ...echo('1'), inputs: { x: { type: 'url', value: 'ftp://host/x' } } }),
    await bad({ image: 'a' }),
  ]).toEqual([400, 400, 400, 400]);
  const built = await submit({ build: { context: 'https://github.com/x/y/tree/main' }, command: 'x' });
  const jobs = (await (await hub.asManager())('GET', `/jobs?queue=${queue}`)).body['jobs'] as unknown as readonly {
    labels: Record<string, string>;
    image: string;
    waitsFor: unknown;
  }[];
  expect(JSON.stringify(jobs)).toContain(built);
  expect((await ask('GET', `/q/${queue}/j/${built}/build-logs.json`)).body).toEqual({
    data: [],
    sliceStart: 0,
    nextCursor: 0,
    isFinal: true,
  });
  expect((await ask('POST', `/q/${queue}`, { id: 'wrong', definition: echo('1') })).status).toBe(400);
});

test(
  'an input at an address is fetched by the agent; what a job left is given on, and is at an address that clients reach',
  limits,
  async () => {
    await using hub = await start();
    const { ask, submit, stateOf } = await computeQueues(hub);
    const agent = await hub.agent('juwels', ['image']);
    const first = await submit(echo('first'));
    const [offer] = await pull(agent);
    const held = `/jobs/${offer?.job}/attempts/${offer?.attempt}`;
    await agent('POST', `${held}/claim`);
    const output = String((await agent('POST', `${held}/artifacts`, {})).body['id']);
    await agent('PUT', `${held}/artifacts/${output}/files/outputs/dir/a%20b.txt`, new TextEncoder().encode('left'));
    await agent('POST', `${held}/artifacts/${output}/commit`, {});
    await agent('POST', `${held}/complete`, goodResult({ outputArtifact: output }));
    const address = `${hub.url}/q/${queue}/j/${first}/outputs/dir/a%20b.txt`;
    expect(await stateOf(first)).toMatchObject({ finished: { result: { outputs: { 'dir/a b.txt': { type: 'url', value: address } } } } });
    expect(await (await fetch(address)).text()).toBe('left');

    const signed = 'https://data.example.org/big.bin?X-Amz-Signature=1';
    const second = await submit({
      ...echo('second'),
      inputs: { left: { type: 'url', value: address }, big: { type: 'url', value: signed } },
    });
    const [next] = (await pull(agent)).filter(({ kind }) => kind === 'offer');
    const claimed = (await agent('POST', `/jobs/${next?.job}/attempts/1/claim`)).body['job'] as unknown as {
      definition: { env: Record<string, string>; files: { path: string; artifact: string; file: string | null }[] };
    };
    expect(claimed.definition.files).toEqual([
      { kind: 'artifact', path: 'inputs/left', artifact: output, file: 'outputs/dir/a b.txt' },
      { kind: 'artifact', path: 'inputs/big', artifact: expect.any(String), file: null },
    ]);
    expect((await agent('GET', `/jobs/${next?.job}/attempts/1/artifacts/${claimed.definition.files[1]?.artifact}`)).body).toMatchObject({
      residence: { kind: 'url', url: signed },
    });
    expect(claimed.definition.env).toMatchObject({
      JOB_URL_PREFIX: `${hub.url}/j/${second}`,
      JOB_OUTPUTS_URL_PREFIX: `${hub.url}/j/${second}/outputs/`,
    });
    const shown = await fetch(`${hub.url}/q/${queue}/j/${second}/inputs/big`, { redirect: 'manual' });
    expect([shown.status, shown.headers.get('location')]).toEqual([302, signed]);
    expect((await ask('GET', `/j/${second}.json`)).body).toMatchObject({ data: { definition: { command: 'echo second' } } });
  },
);

test('callbacks tell of queued and finished, with the words that their receivers know', limits, async () => {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    bodies.push(JSON.parse(body) as Record<string, unknown>);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await using _server = { [Symbol.asyncDispose]: async () => void server.close() };
  await using hub = await TestHub.start({ adapters: ['compute-queues'], callbacks: { hosts: ['localhost'], allowsPrivate: true } });
  const { submit } = await computeQueues(hub);
  const agent = await hub.agent('juwels', ['image']);
  const url = `http://localhost:${(server.address() as AddressInfo).port}/hook`;
  const id = await submit(echo('1'), { namespace: 'page-1', callbacks: { queued: { url, payload: { mine: 1 } }, finished: { url } } });
  await execute(agent, { outcome: 'failed', exitCode: 3 });
  await expect.poll(() => bodies.length, { timeout: 20_000 }).toBe(2);
  expect(bodies.find(({ event }) => event === 'queued')).toMatchObject({ jobId: id, queue, namespace: 'page-1', config: { mine: 1 } });
  expect(bodies.find(({ event }) => event === 'finished')).toMatchObject({
    jobId: id,
    queue,
    namespace: 'page-1',
    config: null,
    status: 'failed',
    exitCode: 3,
  });
});

test('logs by cursor and as they come', limits, async () => {
  await using hub = await start();
  const { ask, submit } = await computeQueues(hub);
  const agent = await hub.agent('juwels', ['image']);
  const id = await submit(echo('logs'));
  const [offer] = await pull(agent);
  const held = `/jobs/${offer?.job}/attempts/${offer?.attempt}`;
  await agent('POST', `${held}/claim`);
  await agent('PUT', `${held}/logs/stdout?offset=0`, new TextEncoder().encode('one\ntwo\n'));
  expect((await ask('GET', `/q/${queue}/j/${id}/run-logs.json`)).body).toEqual({
    data: ['one', 'two'],
    sliceStart: 0,
    nextCursor: 8,
    isFinal: false,
  });
  const streamed = ask('GET', `/q/${queue}/j/${id}/stream?since=4`);
  await agent('POST', `${held}/complete`, goodResult());
  const { text, headers } = await streamed;
  expect(headers.get('content-type')).toContain('text/event-stream');
  expect([...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual(expect.arrayContaining(['state', 'run-log', 'final']));
  expect(text).toContain('data: ["two"]');
  expect((await ask('GET', `/q/${queue}/j/${id}/run-logs.json?since=8`)).body).toEqual({
    data: [],
    sliceStart: 8,
    nextCursor: 8,
    isFinal: true,
  });
});
