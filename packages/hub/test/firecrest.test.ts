import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pythonWith } from '@juqueue/testkit';
import { goodResult, pull, TestHub } from './test-hub.ts';

const limits = { timeout: 60_000 };
const run = promisify(execFile);

async function firecrest(hub: TestHub) {
  const keyOf = async (name: string): Promise<string> => String((await (await hub.person(name, 'editor'))('POST', '/keys', {})).body['key']);
  const [ada, bob] = [await keyOf('ada'), await keyOf('bob')];
  const ask = async (key: string, method: string, path: string, body?: object) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${hub.url}${path}`, { method, headers: { authorization: `Bearer ${key}`, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, never> };
  };
  const form = (name: string, content: string): FormData => {
    const data = new FormData();
    data.append('file', new Blob([content]), name);
    return data;
  };
  return { ada, bob, ask, form };
}

const script = '#!/bin/bash\n#SBATCH --job-name=demo\n#SBATCH --time=01:30:00\n#SBATCH --cpus-per-task=4\ncat input.txt > out.txt\n#SBATCH --time=99:00:00\n';

test('a folder is filled, a script is executed with a copy of it, and what it left is read', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['firecrest'] });
  const { ada, bob, ask, form } = await firecrest(hub);
  const agent = await hub.agent('juwels');
  const status = await ask(ada, 'GET', '/status/systems');
  expect([status.body, status.headers.get('f7t-appversion')]).toMatchObject([{ systems: [{ name: 'juwels' }] }, '2.5.7']);
  expect(await ask(ada, 'GET', '/filesystem/other/ops/ls?path=/x')).toMatchObject({ status: 404, body: { errorType: 'error', message: expect.stringContaining('other') } });
  const files = '/filesystem/juwels/ops';
  expect((await ask(ada, 'POST', `${files}/mkdir`, { sourcePath: '/run1', parent: true })).status).toBe(201);
  expect((await ask(ada, 'POST', `${files}/upload?path=/run1`, form('input.txt', 'one\ntwo\nthree\n'))).status).toBe(204);
  expect((await ask(ada, 'POST', `${files}/upload?path=/run1/deep`, form('x', 'x'))).status).toBe(204);
  expect((await ask(ada, 'GET', `${files}/ls?path=/run1`)).body).toMatchObject({ output: [{ name: 'deep', type: 'd' }, { name: 'input.txt', type: '-', size: '14', user: 'ada' }] });
  expect((await ask(ada, 'GET', `${files}/head?path=/run1/input.txt&lines=1`)).body).toMatchObject({ output: { content: 'one\n' } });
  expect((await ask(ada, 'GET', `${files}/tail?path=/run1/input.txt&bytes=6`)).body).toMatchObject({ output: { content: 'three\n' } });
  expect((await ask(ada, 'GET', `${files}/checksum?path=/run1/input.txt`)).body).toMatchObject({ output: { algorithm: 'SHA-256', checksum: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  expect((await ask(bob, 'GET', `${files}/view?path=/run1/input.txt`)).status).toBe(404);
  for (const path of ['/run1/../x', '/..', '/run1/a%00b', '']) expect((await ask(ada, 'POST', `${files}/upload?path=${path}`, form('x', 'x'))).status, path).toBe(400);
  const submitted = await ask(ada, 'POST', '/compute/juwels/jobs', { job: { workingDirectory: '/run1', script, env: { A: '1' } } });
  expect(submitted.status).toBe(201);
  const id = String(submitted.body['jobId']);
  expect((await ask(ada, 'POST', `${files}/upload?path=/run1`, form('later.txt', 'not in the job'))).status).toBe(204);
  await pull(agent);
  const held = `/jobs/${id}/attempts/1`;
  const { body } = await agent('POST', `${held}/claim`);
  const job = body['job'] as unknown as { definition: { files: { artifact: string }[] } };
  expect(job).toMatchObject({ order: { cluster: 'juwels', name: 'demo' }, definition: { command: { kind: 'script', script, interpreter: ['/bin/bash'] }, timeLimitMs: 5_400_000, resources: { slots: 1, cpus: 4 }, env: { A: '1' } } });
  expect((await agent('GET', `${held}/artifacts/${job.definition.files[0]?.artifact}/files`)).body).toMatchObject({ files: [{ path: 'deep/x' }, { path: 'input.txt' }] });
  const output = String((await agent('POST', `${held}/artifacts`, {})).body['id']);
  await agent('PUT', `${held}/artifacts/${output}/files/out.txt`, new TextEncoder().encode('the output'));
  await agent('POST', `${held}/artifacts/${output}/commit`, {});
  await agent('POST', `${held}/complete`, goodResult({ outputArtifact: output }));
  expect((await ask(ada, 'GET', `/compute/juwels/jobs/${id}`)).body).toMatchObject({ jobs: [{ jobId: id, name: 'demo', status: { state: 'COMPLETED', exitCode: 0 }, user: 'ada', cluster: 'juwels' }] });
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

test('its own client, pyfirecrest, works with the hub', { timeout: 600_000 }, async ({ skip }) => {
  const python = await pythonWith(['pyfirecrest==3.10.0']);
  if (python.kind === 'missing') return skip(python.reason);
  await using hub = await TestHub.start({ adapters: ['firecrest'] });
  const { ada } = await firecrest(hub);
  await hub.agent('juwels');
  const { stdout } = await run(python.path, [fileURLToPath(new URL('./use-pyfirecrest.py', import.meta.url)), hub.url], { env: { ...process.env, HUB_KEY: ada, NO_PROXY: '127.0.0.1' } });
  expect(JSON.parse(stdout)).toEqual({ systems: ['juwels'], listed: ['input.txt'], head: 'one\n', downloaded: 'one\ntwo\n', state: 'PENDING', cancelled: 'CANCELLED', left: [] });
});
