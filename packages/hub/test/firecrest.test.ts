import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonWith } from '@juqueue/testkit';
import { goodResult, pull, TestHub } from './test-hub.ts';

const limits = { timeout: 120_000 };
const run = promisify(execFile);

async function firecrest(hub: TestHub) {
  const keyOf = async (name: string): Promise<string> =>
    String((await (await hub.person(name, 'editor'))('POST', '/keys', {})).body['key']);
  const [ada, bob] = [await keyOf('ada'), await keyOf('bob')];
  const ask = async (key: string, method: string, path: string, body?: object) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${hub.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, never>,
    };
  };
  const form = (name: string, content: string): FormData => {
    const data = new FormData();
    data.append('file', new Blob([content]), name);
    return data;
  };
  return { ada, bob, ask, form };
}

const script =
  '#!/bin/bash\n#SBATCH --job-name=demo\n#SBATCH --time=01:30:00\n#SBATCH --cpus-per-task=4\ncat input.txt > out.txt\n#SBATCH --time=99:00:00\n';

test('a folder is filled, a script is executed with a copy of it, and what it left is read', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['firecrest'] });
  const { ada, bob, ask, form } = await firecrest(hub);
  const agent = await hub.agent('juwels');
  const status = await ask(ada, 'GET', '/status/systems');
  expect([status.body, status.headers.get('f7t-appversion')]).toMatchObject([{ systems: [{ name: 'juwels' }] }, '2.6.0']);
  expect(await ask(ada, 'GET', '/filesystem/other/ops/ls?path=/x')).toMatchObject({
    status: 404,
    body: { errorType: 'error', message: expect.stringContaining('other') },
  });
  const files = '/filesystem/juwels/ops';
  expect((await ask(ada, 'POST', `${files}/mkdir`, { sourcePath: '/run1', parent: true })).status).toBe(201);
  expect((await ask(ada, 'POST', `${files}/upload?path=/run1`, form('input.txt', 'one\ntwo\nthree\n'))).status).toBe(204);
  expect((await ask(ada, 'POST', `${files}/upload?path=/run1/deep`, form('x', 'x'))).status).toBe(204);
  expect((await ask(ada, 'GET', `${files}/ls?path=/run1`)).body).toMatchObject({
    output: [
      { name: 'deep', type: 'd' },
      { name: 'input.txt', type: '-', size: '14', user: 'ada' },
    ],
  });
  expect((await ask(ada, 'GET', `${files}/head?path=/run1/input.txt&lines=1`)).body).toMatchObject({ output: { content: 'one\n' } });
  expect((await ask(ada, 'GET', `${files}/tail?path=/run1/input.txt&bytes=6`)).body).toMatchObject({ output: { content: 'three\n' } });
  expect((await ask(ada, 'GET', `${files}/checksum?path=/run1/input.txt`)).body).toMatchObject({
    output: { algorithm: 'SHA-256', checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect((await ask(bob, 'GET', `${files}/view?path=/run1/input.txt`)).status).toBe(404);
  for (const path of ['/run1/../x', '/..', '/run1/a%00b', ''])
    expect((await ask(ada, 'POST', `${files}/upload?path=${path}`, form('x', 'x'))).status, path).toBe(400);
  const submitted = await ask(ada, 'POST', '/compute/juwels/jobs', { job: { workingDirectory: '/run1', script, env: { A: '1' } } });
  expect(submitted.status).toBe(201);
  const id = String(submitted.body['jobId']);
  expect((await ask(ada, 'POST', `${files}/upload?path=/run1`, form('later.txt', 'not in the job'))).status).toBe(204);
  await pull(agent);
  const held = `/jobs/${id}/attempts/1`;
  const { body } = await agent('POST', `${held}/claim`);
  const job = body['job'] as unknown as { definition: { files: { artifact: string }[] } };
  expect(job).toMatchObject({
    order: { cluster: 'juwels', name: 'demo' },
    definition: {
      command: { kind: 'script', script, interpreter: ['/bin/bash'] },
      timeLimitMs: 5_400_000,
      resources: { slots: 1, cpus: 4 },
      env: { A: '1' },
    },
  });
  expect((await agent('GET', `${held}/artifacts/${job.definition.files[0]?.artifact}/files`)).body).toMatchObject({
    files: [{ path: 'deep/x' }, { path: 'input.txt' }],
  });
  const output = String((await agent('POST', `${held}/artifacts`, {})).body['id']);
  await agent('PUT', `${held}/artifacts/${output}/files/out.txt`, new TextEncoder().encode('the output'));
  await agent('POST', `${held}/artifacts/${output}/commit`, {});
  await agent('POST', `${held}/complete`, goodResult({ outputArtifact: output }));
  expect((await ask(ada, 'GET', `/compute/juwels/jobs/${id}`)).body).toMatchObject({
    jobs: [{ jobId: id, name: 'demo', status: { state: 'COMPLETED', exitCode: 0 }, user: 'ada', cluster: 'juwels' }],
  });
  expect((await ask(ada, 'GET', `/compute/juwels/jobs/${id}/metadata`)).body).toMatchObject({ jobs: [{ jobId: id, script }] });
  expect((await ask(ada, 'GET', '/compute/juwels/jobs?name=demo&time_window=1h')).body).toMatchObject({ jobs: [{ jobId: id }] });
  expect((await ask(ada, 'GET', `${files}/view?path=/jobs/${id}/out.txt`)).body).toEqual({ output: 'the output' });
  expect((await ask(ada, 'GET', `${files}/download?path=/jobs/${id}/out.txt`)).text).toBe('the output');
  expect(await ask(bob, 'GET', `/compute/juwels/jobs/${id}`)).toMatchObject({ status: 404, body: { message: 'Job not found' } });
  expect((await ask(ada, 'DELETE', `${files}/rm?path=/jobs/${id}/out.txt`)).status).toBe(403);
  expect((await ask(ada, 'DELETE', `${files}/rm?path=/run1/input.txt`)).status).toBe(204);
  expect((await ask(ada, 'DELETE', `${files}/rm?path=/run1/input.txt`)).status).toBe(404);
  expect((await ask(ada, 'DELETE', `/compute/juwels/jobs/${id}`)).status).toBe(204);
  expect((await ask('wrong', 'GET', '/status/systems')).status).toBe(401);
});

test(
  'a file of any size comes in parts by addresses of its own, in their order; what broke off goes on; the addresses end',
  limits,
  async () => {
    await using hub = await TestHub.start({ adapters: ['firecrest'] });
    const { ada, bob, ask } = await firecrest(hub);
    await hub.agent('juwels');
    const transfer = '/filesystem/juwels/transfer';
    const partBytes = 33_554_432;
    const content = Buffer.concat([randomBytes(partBytes), Buffer.from('the rest')]);
    const begun = await ask(ada, 'POST', `${transfer}/upload`, {
      path: '/run1/deep/large',
      transfer_directives: { file_size: content.length, transfer_method: 's3' },
    });
    expect(begun).toMatchObject({
      status: 201,
      body: {
        transferJob: { system: 'juwels' },
        transferDirectives: {
          transferMethod: 's3',
          maxPartSize: partBytes,
          partsUploadUrls: [expect.stringContaining('/parts/1'), expect.stringContaining('/parts/2')],
        },
      },
    });
    const {
      transferDirectives: {
        partsUploadUrls: [first, second],
        completeUploadUrl,
      },
      transferJob: { jobId },
    } = begun.body as unknown as {
      transferDirectives: { partsUploadUrls: [string, string]; completeUploadUrl: string };
      transferJob: { jobId: string };
    };
    const put = async (url: string, bytes: Buffer) => {
      const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
      return [answer.status, answer.headers.get('etag'), await answer.text()];
    };
    expect(await put(second, content.subarray(partBytes))).toMatchObject([
      409,
      null,
      expect.stringContaining('parts are sent in their order'),
    ]);
    expect(await put(first, content.subarray(0, 1_000))).toMatchObject([400, null, expect.stringContaining('Only 1000 of')]);
    for (let times = 0; times < 2; times++) expect(await put(first, content.subarray(0, partBytes))).toEqual([200, '"1"', '']);
    expect((await fetch(completeUploadUrl, { method: 'POST' })).status).toBe(409);
    expect((await ask(ada, 'GET', `/compute/juwels/jobs/${jobId}`)).body).toMatchObject({ jobs: [{ status: { state: 'RUNNING' } }] });
    expect(await put(second, content.subarray(partBytes))).toEqual([200, '"2"', '']);
    expect((await put(`${second}9`, content.subarray(0, 1)))[0]).toBe(400);
    expect((await fetch(completeUploadUrl, { method: 'POST', body: '<CompleteMultipartUpload/>' })).status).toBe(200);
    expect((await ask(ada, 'GET', `/compute/juwels/jobs/${jobId}`)).body).toMatchObject({
      jobs: [{ jobId, status: { state: 'COMPLETED' } }],
    });
    expect((await ask(ada, 'GET', `/filesystem/juwels/ops/view?path=/transfers/${jobId}/output.log`)).body).toMatchObject({
      output: expect.stringContaining('Files were successfully'),
    });
    expect((await ask(bob, 'GET', `/compute/juwels/jobs/${jobId}`)).status).toBe(404);
    expect((await put(second, content.subarray(partBytes)))[0]).toBe(401);
    const { body } = await ask(ada, 'POST', `${transfer}/download`, {
      source_path: '/run1/deep/large',
      transfer_directives: { transferMethod: 's3' },
    });
    const { downloadUrl } = body['transferDirectives'] as unknown as { downloadUrl: string };
    expect(Buffer.from(await (await fetch(downloadUrl)).arrayBuffer()).equals(content)).toBe(true);
    expect((await fetch(downloadUrl.replace(/[0-9a-f]{8}\/file/, '00000000/file'))).status).toBe(401);
    expect((await ask(bob, 'POST', `${transfer}/download`, { path: '/run1/deep/large' })).status).toBe(404);
    for (const [path, refusal] of [
      ['upload', { path: '/run1/x', file_size: 0 }],
      ['upload', { path: '/run1', file_size: 1 }],
      ['upload', { path: '/run1/x', fileSize: 1, transferDirectives: { transferMethod: 'wormhole' } }],
      ['cp', { source_path: '/run1', target_path: '/run1/deep' }],
    ] as const)
      expect([path, (await ask(ada, 'POST', `${transfer}/${path}`, refusal)).status]).toEqual([path, 400]);
    expect((await ask(ada, 'POST', `${transfer}/mv`, { source_path: '/run1/none', target_path: '/run2/x' })).status).toBe(404);
    expect((await ask(ada, 'DELETE', `${transfer}/rm?path=/run1/deep`)).body).toMatchObject({ transferJob: { system: 'juwels' } });
    expect((await ask(ada, 'GET', '/filesystem/juwels/ops/ls?path=/run1')).body).toEqual({ output: [] });
  },
);

test('a folder becomes an archive and an archive a folder; nothing of it leaves that folder', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['firecrest'] });
  const { ada, ask, form } = await firecrest(hub);
  await hub.agent('juwels');
  const ops = '/filesystem/juwels/ops';
  await ask(ada, 'POST', `${ops}/mkdir`, { path: '/run1' });
  for (const folder of ['/run1', '/run1/sub']) await ask(ada, 'POST', `${ops}/upload?path=${folder}`, form('x', `in ${folder}`));
  expect((await ask(ada, 'POST', `${ops}/compress`, { path: '/run1', target_path: '/run2/run1.tar', compression: 'none' })).status).toBe(
    204,
  );
  expect(
    await ask(ada, 'POST', '/filesystem/juwels/transfer/extract', {
      source_path: '/run2/run1.tar',
      target_path: '/run3',
      compression: 'none',
    }),
  ).toMatchObject({ status: 201, body: { transferJob: { system: 'juwels' } } });
  expect((await ask(ada, 'GET', `${ops}/view?path=/run3/run1/sub/x`)).body).toEqual({ output: 'in /run1/sub' });
  const archive = (path: string): string => {
    const header = Buffer.alloc(512);
    header.write(path);
    header.write('00000000000', 124);
    header.write('0', 156);
    header.fill(' ', 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return Buffer.concat([header, Buffer.alloc(1_024)]).toString('latin1');
  };
  for (const path of ['../out', '/etc/out', 'a/../../out']) {
    await ask(ada, 'POST', `${ops}/upload?path=/run2`, form('evil.tar', archive(path)));
    expect(await ask(ada, 'POST', `${ops}/extract`, { path: '/run2/evil.tar', target_path: '/run3', compression: 'none' })).toMatchObject({
      status: 400,
      body: { data: { code: 'JQ_BAD_PATH' } },
    });
  }
  for (const [path, refusal, status] of [
    ['extract', { path: '/run2/run1.tar', target_path: '/run3' }, 400],
    ['extract', { path: '/run2/none.tar', target_path: '/run3' }, 404],
    ['extract', { path: '/run2/run1.tar', target_path: '/jobs/x', compression: 'none' }, 403],
    ['compress', { path: '/none', target_path: '/run2/x.tar' }, 404],
    ['compress', { path: '/run1', target_path: '/run2/x.tar', match_pattern: '.*' }, 400],
    ['compress', { path: '/run1', target_path: '/run2/x.tar', compression: 'xz' }, 400],
  ] as const)
    expect([path, refusal, (await ask(ada, 'POST', `${ops}/${path}`, refusal)).status]).toEqual([path, refusal, status]);
});

test('what a job writes is read while it executes, from where its metadata say', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['firecrest'] });
  const { ada, bob, ask } = await firecrest(hub);
  const agent = await hub.agent('juwels');
  const id = String((await ask(ada, 'POST', '/compute/juwels/jobs', { job: { script: 'echo hello' } })).body['jobId']);
  await pull(agent);
  const held = `/jobs/${id}/attempts/1`;
  await agent('POST', `${held}/claim`);
  await agent('POST', `${held}/started`, { run: 'r', node: 'jwc01', cluster: 'juwels', startedAtMs: 1 });
  await agent('PUT', `${held}/logs/stdout?offset=0`, new TextEncoder().encode('hello\nworld\n'));
  const { body } = await ask(ada, 'GET', `/compute/juwels/jobs/${id}/metadata`);
  const [{ standardOutput }] = body['jobs'] as unknown as [{ standardOutput: string }];
  expect((await ask(ada, 'GET', `/filesystem/juwels/ops/tail?path=${standardOutput}&lines=1`)).body).toMatchObject({
    output: { content: 'world\n' },
  });
  expect((await ask(ada, 'GET', `/filesystem/juwels/ops/download?path=${standardOutput}`)).text).toBe('hello\nworld\n');
  expect((await ask(ada, 'GET', `/filesystem/juwels/ops/stat?path=${standardOutput}`)).body).toMatchObject({ output: { size: 12 } });
  expect((await ask(bob, 'GET', `/filesystem/juwels/ops/view?path=${standardOutput}`)).status).toBe(404);
  expect((await ask(ada, 'GET', `/compute/juwels/jobs/${id}`)).body).toMatchObject({
    jobs: [{ status: { state: 'RUNNING' }, nodes: 'jwc01', partition: 'firecrest' }],
  });
  expect((await ask(ada, 'GET', '/status/juwels/nodes')).body).toMatchObject({
    nodes: [{ name: 'juwels', state: ['IDLE'], cpus: 100, idleCpus: 100, partitions: ['firecrest'] }],
  });
  expect((await ask(ada, 'GET', '/status/juwels/partitions')).body).toEqual({
    partitions: [{ name: 'firecrest', cpus: 100, totalNodes: 1, partition: ['UP'] }],
  });
  expect((await ask(ada, 'GET', '/status/juwels/userinfo')).body).toMatchObject({
    user: { name: 'ada' },
    groups: [{ name: 'ada', default: true }],
    accounts: [],
  });
  expect((await ask(ada, 'GET', '/compute/juwels/jobs?time_window=2y')).status).toBe(400);
  for (const job of [{}, { script: 'true', scriptPath: '/run1/x' }, { script: 'true', reservation: 'mine' }])
    expect((await ask(ada, 'POST', '/compute/juwels/jobs', { job })).status).toBe(400);
  expect((await ask(ada, 'POST', '/compute/juwels/jobs', { job: { script_path: '/run1/none' } })).status).toBe(404);
});

test('its own client, pyfirecrest, works with the hub', { timeout: 600_000 }, async ({ skip }) => {
  const python = await pythonWith(['pyfirecrest==3.10.0']);
  if (python.kind === 'missing') return skip(python.reason);
  await using hub = await TestHub.start({ adapters: ['firecrest'] });
  const { ada } = await firecrest(hub);
  await hub.agent('juwels');
  const { stdout } = await run(python.path, [fileURLToPath(new URL('./use-pyfirecrest.py', import.meta.url)), hub.url], {
    env: { ...process.env, HUB_KEY: ada, NO_PROXY: '127.0.0.1' },
  });
  const refused = [400, 'JQ_BAD_REQUEST'];
  expect(JSON.parse(stdout)).toEqual({
    version: '2.6.0',
    systems: ['juwels'],
    nodes: ['juwels'],
    partitions: ['firecrest'],
    reservations: [],
    user: 'ada',
    listed: ['input.txt'],
    head: ['one\n', 'one\ntwo\n'],
    tail: ['three\n', 'two\nthree\n'],
    view: 'one\ntwo\nthree\n',
    checksum: 'SHA-256',
    type: 'application/octet-stream',
    size: 14,
    large: true,
    downloaded: 'one\ntwo\nthree\n',
    missing: true,
    copied: ['deep/large.bin', 'moved.txt'],
    extracted: true,
    remote: ['remote', '/run1', 'acc', 'firecrest', 'PENDING'],
    jobs: 2,
    named: [true],
    ofAccount: [true],
    script: '#!/bin/bash',
    stdout: '',
    cancelled: 'CANCELLED',
    refused: { attach: refused, chmod: refused, chown: refused, symlink: refused, extract: refused, bzip2: refused, streamer: refused },
    left: ['deep', 'job.sh'],
  });
});
