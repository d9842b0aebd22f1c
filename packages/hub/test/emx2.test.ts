import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256Hex, signatureOf } from '../src/access/signature.ts';
import { goodResult, pull, TestHub } from './test-hub.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}
type Send = (method: string, path: string, body?: object | Buffer, extra?: Readonly<Record<string, string>>) => Promise<Answer>;

async function send(
  hub: TestHub,
  method: string,
  path: string,
  body: string | Buffer | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const protocol = { 'x-emx2-api-version': '2025-01', 'x-request-id': randomUUID(), 'x-timestamp': String(Math.floor(Date.now() / 1_000)) };
  const answer = await fetch(`${hub.url}${path}`, {
    method,
    headers: { ...protocol, ...headers },
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown>,
  };
}

/** As its daemon's client asks: JSON as Content-Type of everything, signed with the secret of the worker. */
function worker(hub: TestHub, id: string, secret: string): Send {
  return (method, path, body, extra = {}) => {
    const nonce = randomBytes(16).toString('hex');
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const text = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const bodySha256 = sha256Hex(text ?? '');
    const signature = signatureOf(secret, { method, path: `/api/hpc${path}`, bodySha256, timestampSeconds, nonce });
    const binary: Readonly<Record<string, string>> = Buffer.isBuffer(text)
      ? { 'content-type': 'application/octet-stream', 'content-sha256': bodySha256 }
      : { 'content-type': 'application/json' };
    return send(hub, method, `/api/hpc${path}`, text, {
      ...binary,
      authorization: `HMAC-SHA256 ${signature}`,
      'x-worker-id': id,
      'x-nonce': nonce,
      'x-timestamp': String(timestampSeconds),
      ...extra,
    });
  };
}

function person(hub: TestHub, key: string): Send {
  return (method, path, body, extra = {}) =>
    send(hub, method, `/api/hpc${path}`, body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body), {
      'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json',
      'x-molgenis-token': key,
      ...extra,
    });
}

async function emx2(
  hub: TestHub,
  capabilities: readonly object[] = [{ processor: 'text-embedding:v3', profile: 'gpu-medium', max_concurrent_jobs: 2 }],
) {
  const manager = person(hub, await hub.managerKey());
  const ada = await hub.person('ada', 'editor');
  const editor = person(hub, String((await ada('POST', '/keys', {})).body['key']));
  const daemonOf = async (id: string): Promise<Send> => {
    const issued = await manager('POST', `/workers/${id}/credentials/issue`, {});
    const daemon = worker(hub, id, String(issued.body['secret']));
    expect(await daemon('POST', '/workers/register', { worker_id: id, hostname: `${id}.example`, capabilities })).toMatchObject({
      status: 200,
      body: { worker_id: id, hostname: `${id}.example` },
    });
    return daemon;
  };
  const submit = async (more: object = {}): Promise<string> => {
    const { status, body } = await editor('POST', '/jobs', { processor: 'text-embedding:v3', profile: 'gpu-medium', ...more });
    expect([status, body['status']]).toEqual([201, 'PENDING']);
    return String(body['id']);
  };
  return { manager, editor, daemonOf, submit };
}

const limits = { timeout: 120_000 };
const start = (times = {}) => TestHub.start({ adapters: ['emx2'], times });

test('health needs nothing; every other route needs the headers of the protocol and somebody who is known', limits, async () => {
  await using hub = await start();
  const { editor, manager } = await emx2(hub);
  expect(await (await fetch(`${hub.url}/api/hpc/health`)).json()).toMatchObject({
    status: 'ok',
    api_version: '2025-01',
    hpc_enabled: true,
  });
  const wrong = await editor('GET', '/jobs', undefined, { 'x-emx2-api-version': '2024-01' });
  expect(wrong).toMatchObject({
    status: 400,
    body: { type: 'about:blank', title: 'Bad Request', status: 400, instance: expect.stringMatching(/^urn:request:[0-9a-f-]{36}$/) },
  });
  expect(wrong.headers.get('content-type')).toContain('application/problem+json');
  expect((await editor('GET', '/jobs', undefined, { 'x-request-id': 'none' })).status).toBe(400);
  expect((await editor('GET', '/jobs', undefined, { 'x-molgenis-token': 'wrong' })).status).toBe(401);
  expect((await editor('GET', '/jobs', undefined, { 'x-trace-id': 'trace-7' })).headers.get('x-trace-id')).toBe('trace-7');
  expect((await editor('POST', '/workers/register', { worker_id: 'w', capabilities: [] })).status).toBe(403);
  await (
    await hub.asManager()
  )('PUT', '/switch', { isClosed: true });
  expect((await manager('GET', '/jobs')).status).toBe(503);
  expect(await (await fetch(`${hub.url}/api/hpc/health`)).json()).toMatchObject({ hpc_enabled: false });
});

test('a signature counts once, for its worker, its body and its address', limits, async () => {
  await using hub = await start();
  const { manager } = await emx2(hub);
  const secret = String((await manager('POST', '/workers/w1/credentials/issue', {})).body['secret']);
  const body = JSON.stringify({ worker_id: 'w1', hostname: 'h', capabilities: [] });
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const nonce = randomBytes(16).toString('hex');
  const signature = signatureOf(secret, {
    method: 'POST',
    path: '/api/hpc/workers/register',
    bodySha256: sha256Hex(body),
    timestampSeconds,
    nonce,
  });
  const headers = {
    'content-type': 'application/json',
    authorization: `HMAC-SHA256 ${signature}`,
    'x-worker-id': 'w1',
    'x-nonce': nonce,
    'x-timestamp': String(timestampSeconds),
  };
  expect((await send(hub, 'POST', '/api/hpc/workers/register', body.replace('"h"', '"i"'), headers)).status).toBe(401);
  expect((await send(hub, 'POST', '/api/hpc/workers/register?x=1', body, headers)).status).toBe(401);
  expect((await send(hub, 'POST', '/api/hpc/workers/register', body, { ...headers, 'x-worker-id': 'w2' })).status).toBe(401);
  expect((await send(hub, 'POST', '/api/hpc/workers/register', body, headers)).status).toBe(200);
  expect(await send(hub, 'POST', '/api/hpc/workers/register', body, headers)).toMatchObject({
    status: 401,
    body: { detail: expect.stringContaining('repetition') },
  });
  const late = worker(hub, 'w1', secret);
  expect((await late('POST', '/workers/w1/heartbeat', undefined, { 'x-timestamp': String(timestampSeconds - 400) })).status).toBe(401);
  expect(await late('POST', '/workers/w1/heartbeat')).toMatchObject({ status: 200, body: { worker_id: 'w1', status: 'ok' } });
  expect((await late('POST', '/workers/w9/heartbeat')).status).toBe(400);
  expect((await late('DELETE', '/workers/w1')).status).toBe(403);
  expect((await late('POST', '/workers/w1/credentials/issue', {})).status).toBe(403);
});

test('credentials: one active, rotated, listed without the secret, revoked; an unknown worker has no heartbeat', limits, async () => {
  await using hub = await start();
  const { manager, daemonOf } = await emx2(hub);
  await daemonOf('w1');
  expect((await manager('POST', '/workers/w1/credentials/issue', {})).status).toBe(409);
  const rotated = await manager('POST', '/workers/w1/credentials/rotate', { label: 'second' });
  expect(rotated).toMatchObject({ status: 200, body: { status: 'ACTIVE', label: 'second', secret: expect.stringMatching(/^.{32,}$/) } });
  const list = await manager('GET', '/workers/w1/credentials');
  expect(list.body).toMatchObject({ count: 2, items: [{ worker_id: 'w1', last_used_at: expect.any(String) }, { label: 'second' }] });
  expect(JSON.stringify(list.body)).not.toContain('secret');
  expect(await manager('POST', `/workers/w1/credentials/${String(rotated.body['id'])}/revoke`)).toMatchObject({
    status: 200,
    body: { status: 'REVOKED' },
  });
  expect((await manager('POST', '/workers/none/heartbeat')).status).toBe(404);
  expect((await manager('DELETE', '/workers/w1')).status).toBe(204);
});

test(
  "the life of a job: claimed once, submitted, started with progress, completed with artifacts that become its owner's",
  limits,
  async () => {
    await using hub = await start();
    const { editor, daemonOf, submit } = await emx2(hub);
    const daemon = await daemonOf('w1');
    const parameters = { text: `it's "quoted" $HOME`, n: [1] };
    const id = await submit({ parameters, timeout_seconds: 60 });
    expect((await daemon('GET', '/jobs?status=PENDING&processor=text-embedding:v3&profile=gpu-medium')).body).toMatchObject({
      count: 1,
      total_count: 1,
      limit: 100,
      offset: 0,
      items: [{ id, processor: 'text-embedding:v3', profile: 'gpu-medium', parameters, timeout_seconds: 60, submit_user: 'ada' }],
    });
    expect(await daemon('POST', `/jobs/${id}/transition`, { status: 'STARTED', worker_id: 'w1' })).toMatchObject({
      status: 409,
      body: { detail: `Cannot transition job ${id} from PENDING to STARTED` },
    });
    const claimed = await daemon('POST', `/jobs/${id}/claim`, { worker_id: 'w1' });
    expect(claimed).toMatchObject({
      status: 200,
      body: { status: 'CLAIMED', worker_id: 'w1', _links: { submit: { href: `/api/hpc/jobs/${id}/transition`, method: 'POST' } } },
    });
    expect((await daemon('POST', `/jobs/${id}/claim`, { worker_id: 'w1' })).status).toBe(200);
    expect(await (await daemonOf('w2'))('POST', `/jobs/${id}/claim`, { worker_id: 'w2' })).toMatchObject({
      status: 409,
      body: { detail: `Job ${id} is not in PENDING status (current: CLAIMED)` },
    });
    expect(await daemon('POST', `/jobs/${id}/transition`, { status: 'COMPLETED' })).toMatchObject({ status: 409 });
    expect(await daemon('POST', `/jobs/${id}/transition`, { status: 'SUBMITTED', slurm_job_id: '4711' })).toMatchObject({
      status: 200,
      body: { status: 'SUBMITTED', slurm_job_id: '4711', submitted_at: expect.any(String) },
    });
    expect(await daemon('POST', `/jobs/${id}/transition`, { status: 'STARTED' })).toMatchObject({
      status: 200,
      body: { status: 'STARTED', started_at: expect.any(String) },
    });
    expect(
      await daemon('POST', `/jobs/${id}/transition`, { status: 'STARTED', phase: 'embed', message: 'half', progress: 0.5 }),
    ).toMatchObject({ status: 200, body: { phase: 'embed', message: 'half', progress: 0.5 } });
    for (const bad of [
      { status: 'STARTED', progress: 2 },
      { status: 'DONE' },
      { status: 'STARTED', output_artifact_id: 'x' },
      { status: 'STARTED', phase: 'p'.repeat(101) },
    ])
      expect((await daemon('POST', `/jobs/${id}/transition`, bad)).status).toBe(400);
    expect((await daemon('POST', `/jobs/${id}/complete`, { status: 'STARTED' })).status).toBe(400);

    const output = String(
      (await daemon('POST', '/artifacts', { name: 'out', type: 'output', residence: 'managed', metadata: { job_id: id } })).body['id'],
    );
    expect((await daemon('PUT', `/artifacts/${output}/files/a/b.bin`, Buffer.from('bytes'))).body).toMatchObject({
      artifact_id: output,
      path: 'a/b.bin',
      sha256: sha256Hex('bytes'),
      size_bytes: 5,
    });
    expect(await daemon('POST', `/artifacts/${output}/commit`, { sha256: sha256Hex('bytes'), size_bytes: 5 })).toMatchObject({
      status: 200,
      body: { status: 'COMMITTED' },
    });
    const end = { status: 'COMPLETED', output_artifact_id: output, worker_id: 'w1' };
    for (let times = 0; times < 2; times++)
      expect(await daemon('POST', `/jobs/${id}/complete`, end)).toMatchObject({
        status: 200,
        body: { status: 'COMPLETED', output_artifact: { id: output, name: 'out', status: 'COMMITTED' }, progress: 0.5 },
      });
    expect((await editor('GET', `/artifacts/${output}/files/a/b.bin`)).body).toEqual({ text: 'bytes' });
    const { items } = (await editor('GET', `/jobs/${id}/transitions`)).body as {
      items: { from_status: string | null; to_status: string; progress: number | null; worker_id: string | null }[];
    };
    expect(items.map(({ from_status: from, to_status: to }) => [from, to])).toEqual([
      [null, 'PENDING'],
      ['PENDING', 'CLAIMED'],
      ['CLAIMED', 'SUBMITTED'],
      ['SUBMITTED', 'STARTED'],
      ['STARTED', 'STARTED'],
      ['STARTED', 'COMPLETED'],
    ]);
    expect((await editor('DELETE', `/jobs/${id}`)).status).toBe(204);
    expect((await editor('GET', `/jobs/${id}`)).status).toBe(404);
  },
);

test('capability and capacity are conflicts, also by way of /transition', limits, async () => {
  await using hub = await start();
  const { daemonOf, submit, manager } = await emx2(hub, [
    { processor: 'text-embedding:v3', profile: 'gpu-medium', max_concurrent_jobs: 1 },
  ]);
  const daemon = await daemonOf('w1');
  const [first, second, other] = [await submit(), await submit(), await submit({ profile: 'large' })];
  expect((await daemon('POST', `/jobs/${first}/claim`, { worker_id: 'w1' })).status).toBe(200);
  for (const path of ['claim', 'transition']) {
    expect(await daemon('POST', `/jobs/${second}/${path}`, { worker_id: 'w1', status: 'CLAIMED' })).toMatchObject({
      status: 409,
      body: { detail: 'Worker w1 has reached its max_concurrent_jobs limit' },
    });
    expect(await manager('POST', `/jobs/${other}/${path}`, { worker_id: 'w1', status: 'CLAIMED' }, { 'x-worker-id': 'w1' })).toMatchObject({
      status: 409,
      body: { detail: 'Worker w1 does not have a registered capability for processor=text-embedding:v3 profile=large' },
    });
  }
  expect((await daemon('POST', `/jobs/${first}/claim`, { worker_id: 'w2' })).status).toBe(400);
  expect((await daemon('POST', '/jobs/00000000-0000-7000-8000-000000000000/claim', { worker_id: 'w1' })).status).toBe(404);
});

test('a failure is final with its reason; a cancelled job is seen by its daemon; deleting needs an end', limits, async () => {
  await using hub = await start();
  const { editor, daemonOf, submit } = await emx2(hub);
  const daemon = await daemonOf('w1');
  const [failing, cancelled] = [await submit(), await submit()];
  for (const id of [failing, cancelled]) await daemon('POST', `/jobs/${id}/claim`, { worker_id: 'w1' });
  expect(await daemon('POST', `/jobs/${failing}/transition`, { status: 'FAILED', detail: 'input_hash_mismatch' })).toMatchObject({
    status: 200,
    body: { status: 'FAILED', message: 'input_hash_mismatch' },
  });
  expect((await daemon('GET', '/jobs?status=PENDING')).body).toMatchObject({ total_count: 0 });
  expect((await editor('DELETE', `/jobs/${cancelled}`)).status).toBe(409);
  expect(await editor('POST', `/jobs/${cancelled}/cancel`, {})).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  expect((await daemon('GET', `/jobs/${cancelled}`)).body).toMatchObject({ status: 'CANCELLED' });
  expect(await daemon('POST', `/jobs/${cancelled}/complete`, { status: 'COMPLETED' })).toMatchObject({ status: 409 });
  expect((await editor('POST', `/jobs/${cancelled}/cancel`, {})).status).toBe(200);
  expect((await editor('POST', `/jobs/${failing}/cancel`, {})).status).toBe(409);
  expect((await editor('DELETE', `/jobs/${cancelled}`)).status).toBe(204);
});

test('a daemon that is heard keeps its jobs for longer than a lease', limits, async () => {
  await using hub = await start({ leaseMs: 900, fenceMs: 0, watchMs: 100 });
  const { daemonOf, submit, editor } = await emx2(hub);
  const daemon = await daemonOf('w1');
  const id = await submit();
  await daemon('POST', `/jobs/${id}/claim`, { worker_id: 'w1' });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect((await editor('GET', `/jobs/${id}`)).body).toMatchObject({ status: 'CLAIMED' });
});

test('more jobs than a page: pages are in the order of creation, and every one is on one of them', { timeout: 120_000 }, async () => {
  await using hub = await start();
  const { editor, daemonOf, submit } = await emx2(hub);
  const daemon = await daemonOf('w1');
  const ids: string[] = [];
  for (let index = 0; index < 105; index++) ids.push(await submit());
  const pages = [await daemon('GET', '/jobs?status=PENDING'), await daemon('GET', '/jobs?status=PENDING&offset=100')];
  expect(pages.flatMap(({ body }) => (body['items'] as { id: string }[]).map((item) => item.id))).toEqual(ids);
  expect(pages[0]?.headers.get('x-total-count')).toBe('105');
  expect((await editor('GET', '/jobs?status=NONE')).status).toBe(400);
});

test('artifacts: hashes are needed and checked, what is committed is immutable, references lie where they lie', limits, async () => {
  await using hub = await start();
  const { editor, submit } = await emx2(hub);
  const create = async (body: object) => String((await editor('POST', '/artifacts', body)).body['id']);
  const id = await create({ name: 'in', type: 'blob' });
  expect((await editor('GET', `/artifacts/${id}`)).body).toMatchObject({
    status: 'CREATED',
    residence: 'managed',
    _links: { upload: {}, files: {} },
  });
  expect(await editor('PUT', `/artifacts/${id}/files/x`, Buffer.from('x'))).toMatchObject({
    status: 400,
    body: { detail: 'Content-SHA256 header is required for binary uploads' },
  });
  expect((await editor('PUT', `/artifacts/${id}/files/x`, Buffer.from('x'), { 'content-sha256': sha256Hex('y') })).status).toBe(400);
  expect((await editor('PUT', `/artifacts/${id}/files/..%2fx`, Buffer.from('x'), { 'content-sha256': sha256Hex('x') })).status).toBe(400);
  for (const name of ['b', 'a'])
    await editor('PUT', `/artifacts/${id}/files/${name}`, Buffer.from(name), { 'content-sha256': sha256Hex(name) });
  expect((await editor('GET', `/artifacts/${id}`)).body).toMatchObject({ status: 'UPLOADING' });
  expect((await editor('POST', '/jobs', { processor: 'p', profile: 'q', inputs: [id] })).status).toBe(409);
  expect(await editor('POST', `/artifacts/${id}/commit`, { sha256: sha256Hex('other'), size_bytes: 2 })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('Hash Mismatch') },
  });
  const tree = sha256Hex(`a:${sha256Hex('a')}b:${sha256Hex('b')}`);
  expect(await editor('POST', `/artifacts/${id}/commit`, { sha256: tree, size_bytes: 2 })).toMatchObject({
    status: 200,
    body: { status: 'COMMITTED', sha256: tree },
  });
  expect((await editor('PUT', `/artifacts/${id}/files/c`, Buffer.from('c'), { 'content-sha256': sha256Hex('c') })).status).toBe(409);
  expect((await editor('GET', `/artifacts/${id}/files?prefix=a`)).body).toMatchObject({
    count: 1,
    total_count: 1,
    items: [{ path: 'a', sha256: sha256Hex('a') }],
  });
  expect((await editor('HEAD', `/artifacts/${id}/files/a`)).headers.get('x-content-sha256')).toBe(sha256Hex('a'));
  for (const inputs of [[id], [{ artifact_id: id }], { text: id }]) await submit({ inputs });
  const posix = await create({ type: 'blob', residence: 'posix', content_url: 'file:///data/set' });
  expect((await editor('POST', `/artifacts/${posix}/files`, { path: 'f', sha256: sha256Hex('f'), size_bytes: 1 })).status).toBe(201);
  expect((await editor('PUT', `/artifacts/${posix}/files/g`, { sha256: sha256Hex('g'), size_bytes: 1 })).status).toBe(201);
  expect(
    (await editor('POST', `/artifacts/${posix}/commit`, { sha256: sha256Hex(`f:${sha256Hex('f')}g:${sha256Hex('g')}`), size_bytes: 2 }))
      .body,
  ).toMatchObject({ status: 'COMMITTED', residence: 'posix', content_url: 'file:///data/set' });
  expect((await editor('GET', `/artifacts/${posix}/files/f`)).headers.get('location')).toBe('file:///data/set/f');
  expect((await editor('POST', '/artifacts', { residence: 'posix' })).status).toBe(400);
});

test('every artifact may be sent as a form, whose file is that of its part; a signed form is that of its signature', limits, async () => {
  await using hub = await start();
  const { editor, daemonOf } = await emx2(hub);
  const boundary = 'form-boundary';
  const form = (fields: Readonly<Record<string, string>>, name: string, content: string): Buffer =>
    Buffer.from(
      [
        ...Object.entries(fields).map(
          ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
        ),
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/csv\r\n\r\n${content}\r\n--${boundary}--\r\n`,
      ].join(''),
    );
  const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const id = String((await editor('POST', '/artifacts', {})).body['id']);
  expect(await editor('PUT', `/artifacts/${id}/files/a/b.csv`, form({}, 'x.csv', '1,2'), type)).toMatchObject({
    status: 201,
    body: { path: 'a/b.csv', sha256: sha256Hex('1,2'), size_bytes: 3, content_type: 'text/csv' },
  });
  expect(
    await editor('POST', `/artifacts/${id}/files`, form({ path: 'c/d.csv', sha256: sha256Hex('3') }, 'x.csv', '3'), type),
  ).toMatchObject({ status: 201, body: { path: 'c/d.csv' } });
  expect(await editor('POST', `/artifacts/${id}/files`, form({ content_type: 'text/plain' }, 'e.csv', '4'), type)).toMatchObject({
    status: 201,
    body: { path: 'e.csv', content_type: 'text/plain' },
  });
  expect((await editor('GET', `/artifacts/${id}/files/a/b.csv`)).body).toEqual({ text: '1,2' });
  expect((await editor('PUT', `/artifacts/${id}/files/f`, form({ sha256: sha256Hex('other') }, 'f', '5'), type)).status).toBe(400);
  expect((await editor('PUT', `/artifacts/${id}/files/f`, Buffer.from(`--${boundary}--\r\n`), type)).status).toBe(400);
  expect((await editor('POST', `/artifacts/${id}/files`, form({ path: '../f' }, 'f', '5'), type)).status).toBe(400);
  const daemon = await daemonOf('w1');
  const output = String((await daemon('POST', '/artifacts', { name: 'out' })).body['id']);
  expect((await daemon('PUT', `/artifacts/${output}/files/f`, form({}, 'f', '6'), type)).status).toBe(201);
  const signedFor = sha256Hex(form({}, 'f', 'signed'));
  expect(
    (await editor('PUT', `/artifacts/${output}/files/f`, form({}, 'f', 'sent'), { ...type, 'content-sha256': signedFor })).status,
  ).toBe(404);
  expect((await editor('PUT', `/artifacts/${id}/files/g`, form({}, 'f', 'sent'), { ...type, 'content-sha256': signedFor })).status).toBe(
    400,
  );
  expect((await editor('GET', `/artifacts/${id}/files`)).headers.get('x-total-count')).toBe('3');
});

test(
  'a worker that is silent for too long loses its jobs, another executes them, and what the first tells then is a conflict',
  limits,
  async () => {
    await using hub = await start({ leaseMs: 900, fenceMs: 100, watchMs: 100, workerPatienceMs: 1_500 });
    const { daemonOf, submit, editor } = await emx2(hub);
    const [first, second] = [await daemonOf('w1'), await daemonOf('w2')];
    const id = await submit();
    await first('POST', `/jobs/${id}/claim`, { worker_id: 'w1' });
    for (const status of ['SUBMITTED', 'STARTED']) await first('POST', `/jobs/${id}/transition`, { status });
    await expect.poll(async () => (await editor('GET', `/jobs/${id}`)).body['status'], { timeout: 20_000 }).toBe('PENDING');
    await expect
      .poll(async () => (await second('POST', `/jobs/${id}/claim`, { worker_id: 'w2' })).status, { timeout: 20_000, interval: 300 })
      .toBe(200);
    expect((await first('POST', `/jobs/${id}/complete`, { status: 'COMPLETED' })).status).toBe(409);
    for (const status of ['SUBMITTED', 'STARTED', 'COMPLETED'])
      expect((await second('POST', `/jobs/${id}/transition`, { status })).status).toBe(200);
    expect((await editor('GET', `/jobs/${id}`)).body).toMatchObject({ status: 'COMPLETED', worker_id: 'w2' });
  },
);

test("who may do what: viewers read, editors change what is theirs, workers no people's affairs, managers everything", limits, async () => {
  await using hub = await start();
  const { manager, editor, daemonOf, submit } = await emx2(hub);
  const keyOf = async (name: string, role: 'viewer' | 'editor') =>
    person(hub, String((await (await hub.person(name, role))('POST', '/keys', {})).body['key']));
  const [viewer, other] = [await keyOf('vera', 'viewer'), await keyOf('otto', 'editor')];
  const daemon = await daemonOf('w1');
  const id = await submit();
  const artifact = String((await editor('POST', '/artifacts', {})).body['id']);
  expect((await viewer('GET', '/jobs')).status).toBe(200);
  const writes: readonly (readonly [string, string, object?])[] = [
    ['POST', '/jobs', { processor: 'p' }],
    ['POST', `/jobs/${id}/cancel`],
    ['DELETE', `/jobs/${id}`],
    ['POST', '/artifacts', {}],
    ['POST', `/artifacts/${artifact}/commit`, {}],
    ['DELETE', `/artifacts/${artifact}`],
  ];
  for (const [method, path, body] of writes) expect([path, (await viewer(method, path, body)).status]).toEqual([path, 403]);
  for (const [method, path] of [
    ['GET', `/jobs/${id}`],
    ['POST', `/jobs/${id}/cancel`],
    ['DELETE', `/jobs/${id}`],
    ['GET', `/jobs/${id}/transitions`],
    ['GET', `/artifacts/${artifact}`],
    ['DELETE', `/artifacts/${artifact}`],
  ] as const)
    expect([path, (await other(method, path)).status]).toEqual([path, 404]);
  for (const path of [
    '/workers/w1/credentials/issue',
    '/workers/w1/credentials/rotate',
    '/workers/w1/heartbeat',
    `/jobs/${id}/claim`,
    `/jobs/${id}/transition`,
  ])
    expect([path, (await editor('POST', path, { status: 'CLAIMED' }, { 'x-worker-id': 'w1' })).status]).toEqual([path, 403]);
  expect(await daemon('POST', '/jobs', { processor: 'p' })).toMatchObject({ status: 403 });
  expect((await daemon('POST', `/jobs/${id}/claim`, { worker_id: 'w1' })).status).toBe(200);
  expect((await manager('DELETE', '/workers/w1')).status).toBe(204);
  expect((await manager('DELETE', '/workers/w1')).status).toBe(404);
  expect((await editor('GET', `/jobs/${id}`)).body).toMatchObject({ status: 'CLAIMED', worker_id: null });
  expect((await daemon('GET', '/jobs')).status).toBe(401);
  expect((await manager('DELETE', `/artifacts/${artifact}`)).status).toBe(204);
});

test('what is no request of the protocol is refused with a sentence', limits, async () => {
  await using hub = await start();
  const { editor, manager, daemonOf, submit } = await emx2(hub);
  const daemon = await daemonOf('w1');
  const id = await submit();
  const bad: readonly (readonly [Send, string, string, (object | undefined)?, Readonly<Record<string, string>>?])[] = [
    [editor, 'GET', '/jobs', undefined, { 'x-timestamp': 'now' }],
    [editor, 'GET', '/jobs?limit=many'],
    [editor, 'POST', '/jobs', {}],
    [editor, 'POST', '/jobs', { processor: 'p', profile: 'a/b' }],
    [editor, 'POST', '/jobs', { processor: 'p', timeout_seconds: -1 }],
    [editor, 'POST', '/jobs', { processor: 'p', inputs: ['x'] }],
    [editor, 'GET', '/jobs/not-a-uuid'],
    [editor, 'GET', '/artifacts/not-a-uuid'],
    [editor, 'POST', '/artifacts', { residence: 'elsewhere' }],
    [manager, 'POST', `/jobs/${id}/claim`, {}],
    [
      manager,
      'POST',
      '/workers/register',
      { worker_id: 'w9', capabilities: [{ processor: 'p', max_concurrent_jobs: 0 }] },
      { 'x-worker-id': 'w9' },
    ],
    [daemon, 'POST', '/workers/register', { worker_id: 'w9' }],
    [daemon, 'POST', `/jobs/${id}/transition`, { status: 'SUBMITTED', worker_id: 'w9' }],
  ];
  for (const [send, method, path, body, headers] of bad) {
    const answer = await send(method, path, body, headers ?? {});
    expect([path, answer.status, answer.body]).toEqual([
      path,
      400,
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: expect.stringMatching(/\S{2,}/),
        instance: expect.stringMatching(/^urn:request:/),
      },
    ]);
  }
  expect((await editor('POST', '/jobs', Buffer.from('{'), { 'content-type': 'application/json' })).status).toBe(400);
  expect((await daemon('POST', '/workers/w1/heartbeat', undefined, { 'x-nonce': '' })).status).toBe(401);
});

test('links, inputs and lists are those of the protocol', limits, async () => {
  await using hub = await start();
  const { editor, daemonOf, submit } = await emx2(hub);
  const daemon = await daemonOf('w1');
  const input = String((await editor('POST', '/artifacts', { name: 'words', type: 'dataset' })).body['id']);
  await editor('PUT', `/artifacts/${input}/files/a`, Buffer.from('a'), { 'content-sha256': sha256Hex('a') });
  await editor('POST', `/artifacts/${input}/commit`, {});
  const enriched = { id: input, name: 'words', type: 'dataset', status: 'COMMITTED' };
  const [listed, asObject, named] = [
    await submit({ inputs: [input] }),
    await submit({ inputs: [{ artifact_id: input }] }),
    await submit({ inputs: { text: input } }),
  ];
  expect((await daemon('GET', `/jobs/${listed}`)).body['inputs']).toEqual([enriched]);
  expect((await daemon('GET', `/jobs/${asObject}`)).body['inputs']).toEqual([{ ...enriched, artifact_id: input }]);
  expect((await daemon('GET', `/jobs/${named}`)).body['inputs']).toEqual({ text: input });
  const linksOf = async (path: string): Promise<readonly string[]> => Object.keys((await daemon('GET', path)).body['_links'] as object);
  const job = `/jobs/${listed}`;
  expect(await linksOf(job)).toEqual(['self', 'claim', 'cancel', 'transitions']);
  const steps: readonly (readonly [string, object, readonly string[]])[] = [
    ['claim', { worker_id: 'w1' }, ['self', 'submit', 'cancel', 'transitions']],
    ['transition', { status: 'SUBMITTED' }, ['self', 'start', 'cancel', 'transitions']],
    ['transition', { status: 'STARTED' }, ['self', 'complete', 'fail', 'cancel', 'transitions']],
    ['complete', { status: 'FAILED', detail: 'why' }, ['self', 'transitions']],
  ];
  for (const [action, body, links] of steps) {
    expect((await daemon('POST', `${job}/${action}`, body)).status).toBe(200);
    expect(await linksOf(job)).toEqual(links);
  }
  // While its job is held, a worker reads what the job takes.
  await daemon('POST', `/jobs/${named}/claim`, { worker_id: 'w1' });
  expect((await daemon('GET', `/artifacts/${input}/files`)).body).toMatchObject({
    items: [{ path: 'a', _links: { content: { href: `/api/hpc/artifacts/${input}/files/a`, method: 'GET' } } }],
  });
  expect(await linksOf(`/artifacts/${input}`)).toEqual(['self', 'download', 'files']);
  expect((await daemon('GET', '/jobs?status=FAILED&processor=text-embedding:v3')).body).toMatchObject({
    total_count: 1,
    items: [{ id: listed }],
  });
  expect((await daemon('GET', '/jobs?status=FAILED&processor=other')).body).toMatchObject({ total_count: 0 });
  const reference = String((await editor('POST', '/artifacts', { residence: 'http', content_url: 'https://example.org/set' })).body['id']);
  expect((await editor('GET', `/artifacts/${reference}`)).body).toMatchObject({
    status: 'REGISTERED',
    residence: 'http',
    _links: { self: {}, commit: {}, files: {} },
  });
  await editor('PUT', `/artifacts/${reference}/files/a b`, { sha256: sha256Hex('x'), size_bytes: 1 });
  expect(await editor('GET', `/artifacts/${reference}/files/a%20b`)).toMatchObject({ status: 302 });
  expect((await editor('GET', `/artifacts/${reference}/files/a%20b`)).headers.get('location')).toBe('https://example.org/set/a%20b');
  expect((await editor('DELETE', `/artifacts/${reference}/files/a%20b`)).status).toBe(204);
  expect((await editor('GET', `/artifacts/${reference}/files/a%20b`)).status).toBe(404);
});

test("an agent of the hub executes what EMX2's users submit", limits, async () => {
  await using hub = await start();
  const { editor, submit } = await emx2(hub);
  const agent = await hub.agent('juwels', ['text-embedding:v3/gpu-medium']);
  const id = await submit({ parameters: { n: 1 } });
  await pull(agent);
  const { body } = await agent('POST', `/jobs/${id}/attempts/1/claim`);
  expect(body['job']).toMatchObject({ definition: { profile: 'text-embedding:v3/gpu-medium', input: { n: 1 } } });
  await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult());
  expect((await editor('GET', '/jobs?status=COMPLETED')).body).toMatchObject({ items: [{ id, status: 'COMPLETED' }] });
});
