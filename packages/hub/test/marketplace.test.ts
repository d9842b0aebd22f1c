import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonWith } from '@juqueue/testkit';
import { goodResult, pull, TestHub } from './test-hub.ts';

const limits = { timeout: 60_000 };

async function gateway(hub: TestHub) {
  const keyOf = async (name: string): Promise<string> =>
    String((await (await hub.person(name, 'editor'))('POST', '/keys', {})).body['key']);
  const [ada, bob] = [await keyOf('ada.l@example.org'), await keyOf('bob')];
  const ask = async (key: string | null, method: string, path: string, body?: object) => {
    const isForm = body instanceof FormData;
    const headers: Readonly<Record<string, string>> = {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await fetch(`${hub.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, never> };
  };
  const form = (name: string, content: string): FormData => {
    const data = new FormData();
    data.append('file', new Blob([content]), name);
    return data;
  };
  return { ada, bob, ask, form };
}

const aJob = {
  job_name: 'demo',
  ntasks_per_node: 2,
  partition: 'debug',
  image: 'docker://alpine:3.18.5',
  executable_cmd: "cat 'in put.txt' > out.txt",
};

test('a job in two phases: created, its files sent, launched, its real state, its results', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['marketplace'] });
  const { ada, ask, form } = await gateway(hub);
  const agent = await hub.agent('juwels', ['image']);
  expect((await ask(null, 'GET', '/heartbeat')).body).toEqual({ message: 'HPC-gateway-App : application running.' });
  expect(await ask(ada, 'POST', '/api/v1/job/create', aJob)).toMatchObject({
    status: 409,
    body: { error: expect.stringContaining('registered') },
  });
  for (let times = 0; times < 2; times++)
    expect((await ask(ada, 'PUT', '/api/v1/user/create')).body).toEqual({
      _id: 'ada.l@example.org',
      email: 'ada.l@example.org',
      home: 'ada_l',
      name: 'ada.l@example.org',
      message: 'Success: Create user in database.',
    });
  const created = await ask(ada, 'POST', '/api/v1/job/create', aJob);
  expect(created.status).toBe(200);
  const id = String(created.body['jobid']);
  expect(await ask(ada, 'DELETE', `/api/v1/job/cancel/${id}`)).toMatchObject({ status: 409 });
  expect(await ask(ada, 'PUT', `/api/v1/file/upload/${id}`, form('in put.txt', 'the input'))).toMatchObject({
    status: 200,
    body: { message: 'File uploaded.' },
  });
  expect((await ask(ada, 'PUT', `/api/v1/file/upload/${id}?filename=other.txt`, form('x', 'gone soon'))).status).toBe(200);
  expect((await ask(ada, 'DELETE', `/api/v1/file/delete/${id}?filename=other.txt`)).body).toEqual({ message: 'File deleted.' });
  expect((await ask(ada, 'GET', `/api/v1/file/list/${id}`)).body).toMatchObject({
    state: 'CREATED',
    message: 'Files in the job folder.',
    files: [{ name: 'in put.txt', size: '9', type: '-', user: 'ada.l@example.org' }],
  });
  for (let times = 0; times < 2; times++) expect((await ask(ada, 'PATCH', `/api/v1/job/launch/${id}`)).body).toEqual({ jobid: id });
  expect((await ask(ada, 'PUT', `/api/v1/file/upload/${id}`, form('late', 'x'))).status).toBe(409);
  await pull(agent);
  const held = `/jobs/${id}/attempts/1`;
  const { body } = await agent('POST', `${held}/claim`);
  expect(body['job']).toMatchObject({
    definition: {
      image: aJob.image,
      command: { argv: ['/bin/sh', '-c', aJob.executable_cmd] },
      files: [{ path: '.', file: null }],
      resources: { slots: 1, cpus: 2 },
    },
  });
  const output = String((await agent('POST', `${held}/artifacts`, {})).body['id']);
  await agent('PUT', `${held}/artifacts/${output}/files/out.txt`, new TextEncoder().encode('the output'));
  await agent('POST', `${held}/artifacts/${output}/commit`, {});
  await agent('POST', `${held}/complete`, goodResult({ outputArtifact: output }));
  expect((await ask(ada, 'GET', `/api/v1/job/state/${id}`)).body).toMatchObject({
    state: 'COMPLETED',
    files: [{ name: 'in put.txt' }, { name: 'out.txt' }],
  });
  expect((await ask(ada, 'GET', `/api/v1/file/download/${id}?filename=out.txt`)).text).toBe('the output');
  expect((await ask(ada, 'GET', '/api/v1/job/')).body).toMatchObject({
    jobs: { [id]: { state: 'COMPLETED', name: 'demo', exit_code: 0 } },
  });
  expect((await ask(ada, 'DELETE', `/api/v1/job/delete/${id}`)).body).toEqual({ message: 'Job deleted.' });
  expect((await ask(ada, 'GET', `/api/v1/job/state/${id}`)).status).toBe(404);
});

test("jobs and files are their owner's, paths stay below the folder, and every route needs a token", limits, async () => {
  await using hub = await TestHub.start({ adapters: ['marketplace'] });
  const { ada, bob, ask, form } = await gateway(hub);
  await ask(ada, 'PUT', '/api/v1/user/create');
  const id = String((await ask(ada, 'POST', '/api/v1/job/create', aJob)).body['jobid']);
  const routes = [
    ['GET', `/api/v1/job/state/${id}`],
    ['PATCH', `/api/v1/job/launch/${id}`],
    ['DELETE', `/api/v1/job/cancel/${id}`],
    ['DELETE', `/api/v1/job/delete/${id}`],
    ['GET', `/api/v1/file/list/${id}`],
    ['GET', `/api/v1/file/download/${id}?filename=x`],
    ['DELETE', `/api/v1/file/delete/${id}?filename=x`],
  ] as const;
  for (const [method, path] of routes) {
    expect((await ask(bob, method, path)).status, path).toBe(404);
    expect(await ask(null, method, path), path).toMatchObject({ status: 401, body: { message: 'Authentication Token is missing!' } });
    expect(await ask('wrong', method, path), path).toMatchObject({ status: 401, body: { message: 'Invalid Authentication token!' } });
  }
  expect((await ask(bob, 'PUT', `/api/v1/file/upload/${id}`, form('x', 'x'))).status).toBe(404);
  for (const name of ['../x', '/etc/passwd', 'a/../../x'])
    expect((await ask(ada, 'PUT', `/api/v1/file/upload/${id}?filename=${encodeURIComponent(name)}`, form('x', 'x'))).status).toBe(400);
  for (const wrong of [
    { image: 'alpine' },
    { image: 'docker://a', executable_cmd: 'x', ntasks_per_node: 'many' },
    { image: 'docker://a', executable_cmd: 'x', partition: 'x\n#SBATCH' },
  ])
    expect((await ask(ada, 'POST', '/api/v1/job/create', wrong)).status).toBe(400);
  expect((await ask(null, 'GET', '/marketplace/openapi.json')).body['paths']).toMatchObject({
    '/api/v1/job/create': { post: { operationId: 'newTransformation' } },
  });
});

test('what cannot be is refused with a status of HTTP and a sentence', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['marketplace'] });
  const { ada, ask, form } = await gateway(hub);
  await ask(ada, 'PUT', '/api/v1/user/create');
  const id = String((await ask(ada, 'POST', '/api/v1/job/create', aJob)).body['jobid']);
  const empty = new FormData();
  empty.append('other', 'x');
  for (const [method, path, status, body] of [
    ['POST', '/api/v1/job/create', 400, {}],
    ['POST', '/api/v1/job/create', 400, { ...aJob, ntasks_per_node: 0 }],
    ['PUT', `/api/v1/file/upload/${id}`, 400, empty],
    ['GET', `/api/v1/file/download/${id}?filename=none`, 404, undefined],
    ['GET', `/api/v1/file/download/${id}`, 404, undefined],
    ['DELETE', `/api/v1/file/delete/${id}?filename=none`, 404, undefined],
    ['DELETE', `/api/v1/job/cancel/${id}`, 409, undefined],
    ['PATCH', '/api/v1/job/launch/none', 404, undefined],
  ] as const) {
    expect(await ask(ada, method, path, body), `${method} ${path}`).toMatchObject({
      status,
      body: { error: expect.stringMatching(/\S+ \S+/) },
    });
  }
  await ask(ada, 'PATCH', `/api/v1/job/launch/${id}`);
  expect(await ask(ada, 'DELETE', `/api/v1/job/delete/${id}`)).toMatchObject({ status: 409 });
  expect(await ask(ada, 'DELETE', `/api/v1/file/delete/${id}?filename=none`)).toMatchObject({ status: 409 });
  expect(await ask(ada, 'PUT', `/api/v1/file/upload/${id}`, form('late', 'x'))).toMatchObject({ status: 409 });
});

test('every capability of its document is a route, by its own path and through the platform', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['marketplace'] });
  const { ada, ask } = await gateway(hub);
  const { body } = await ask(null, 'GET', '/marketplace/openapi.json');
  const paths = body['paths'] as unknown as Record<string, Record<string, { operationId: string }>>;
  const { capabilities, api_version: version } = (await ask(ada, 'GET', '/api/applications/any')).body as unknown as {
    capabilities: { name: string }[];
    api_version: string;
  };
  expect(version).toBe('0.3.0');
  expect((await ask(null, 'GET', '/api/applications/any')).status).toBe(401);
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { operationId }] of Object.entries(methods)) {
      expect(capabilities).toContainEqual({ name: operationId });
      for (const address of [path.replace('{jobid}', 'none'), `/api/applications/proxy/any/${operationId}?jobid=none`]) {
        const { status, body: answer } = await ask(ada, method.toUpperCase(), address);
        // The router's own 404 is a problem with a title.
        expect(answer, `${method} ${address}: ${status}`).not.toHaveProperty('title');
      }
    }
  }
});

test('its own client, marketplace-hpc, works with the hub', { timeout: 600_000 }, async ({ skip }) => {
  const python = await pythonWith(['marketplace-hpc==2.0.0', 'marketplace-sdk==0.3.2'], ['pydantic==1.10.27']);
  if (python.kind === 'missing') return skip(python.reason);
  await using hub = await TestHub.start({ adapters: ['marketplace'] });
  const { ada } = await gateway(hub);
  const { stdout } = await promisify(execFile)(
    python.path,
    [fileURLToPath(new URL('./use-marketplace-hpc.py', import.meta.url)), hub.url],
    { env: { ...process.env, HUB_KEY: ada, NO_PROXY: '127.0.0.1' } },
  );
  expect(JSON.parse(stdout)).toEqual({
    heartbeat: { message: 'HPC-gateway-App : application running.' },
    user: 'Success: Create user in database.',
    uploaded: ['File uploaded.', 'File uploaded.'],
    deleted: 'File deleted.',
    files: ['input.txt'],
    downloaded: 'the input',
    launched: true,
    state: 'ACTIVATED',
    cancelled: 'CANCELLED',
  });
});
