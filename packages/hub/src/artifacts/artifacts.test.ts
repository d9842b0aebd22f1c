import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { silentLog } from '@juqueue/core';
import { addProblemResponses, createValidatorCompiler } from '@juqueue/http';
import type { TypeBoxProvider } from '@juqueue/http';
import { FakeClock } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { sha256Hex } from '../access/signature.ts';
import { addArtifactRoutes } from './artifact-routes.ts';
import { openArtifacts } from './artifacts.ts';
import type { Artifacts } from './artifacts.ts';
import { checkedFilePath } from './file-path.ts';
import type { Reach } from './model.ts';

interface Hub {
  readonly app: FastifyInstance;
  readonly artifacts: Artifacts;
  readonly dataDir: string;
  readonly clock: FakeClock;
  readonly needed: Set<string>;
  ask(
    method: InjectOptions['method'],
    url: string,
    body?: Buffer | string | object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: Record<string, unknown>; raw: Buffer; headers: Record<string, unknown> }>;
}

const base = '/api/v1';

/** Who asks stands in a header: `ada`, `bob`, `manager`, or `job:ID:INPUT` for an agent that acts for a job of ada. */
function reachOf(who: string): Reach {
  const [kind = '', id = '', input] = who.split(':');
  if (kind === 'job') return { owner: 'ada', seesAll: false, job: { id, inputs: input === undefined ? [] : [input] } };
  return { owner: who, seesAll: who === 'manager', job: null };
}

async function withHub(work: (hub: Hub) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juqueue-artifacts-'));
  const clock = new FakeClock();
  const needed = new Set<string>();
  const opened = await openArtifacts(
    dataDir,
    clock,
    { maxFileBytes: 1_000_000, neededBy: async (id) => (needed.has(id) ? 'j1' : null) },
    () => undefined,
  );
  const app = Fastify();
  app.setValidatorCompiler(createValidatorCompiler());
  addProblemResponses(app, silentLog, 'Details are in the log.');
  await app.register(
    async (v1) =>
      addArtifactRoutes(v1.withTypeProvider<TypeBoxProvider>(), {
        artifacts: opened.artifacts,
        reachOf: (request) => reachOf(String(request.headers['x-who'] ?? 'ada')),
      }),
    { prefix: base },
  );
  const ask: Hub['ask'] = async (method, url, body, headers = {}) => {
    const options: InjectOptions = { method: method ?? 'GET', url: `${base}${url}`, headers };
    const answer = await app.inject(body === undefined ? options : { ...options, payload: body as Buffer });
    const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== '';
    return {
      status: answer.statusCode,
      body: isJson ? (answer.json() as Record<string, unknown>) : {},
      raw: answer.rawPayload,
      headers: answer.headers,
    };
  };
  try {
    await work({ app, artifacts: opened.artifacts, dataDir, clock, needed, ask });
  } finally {
    await app.close();
    await opened[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function newArtifact({ ask }: Hub, body: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const { status, body: artifact } = await ask('POST', '/artifacts', body, headers);
  expect(status).toBe(201);
  return String(artifact['id']);
}

async function blobCount(dataDir: string): Promise<number> {
  const folder = join(dataDir, 'artifacts', 'blobs');
  const names = await Promise.all((await readdir(folder)).map((name) => readdir(join(folder, name))));
  return names.flat().length;
}

const bytes = { 'content-type': 'application/octet-stream' };

test('files are sent, the artifact is committed by its tree hash and does not change any more', () =>
  withHub(async (hub) => {
    const { ask } = hub;
    const id = await newArtifact(hub, { name: 'results', type: 'output', metadata: { seed: 7 } });
    expect((await ask('PUT', `/artifacts/${id}/files/b/two.txt`, Buffer.from('two'), bytes)).body).toEqual({
      path: 'b/two.txt',
      sha256: sha256Hex('two'),
      sizeBytes: 3,
      contentType: 'application/octet-stream',
    });
    expect((await ask('PUT', `/artifacts/${id}/files/a.json`, { some: 'json' })).body).toMatchObject({
      path: 'a.json',
      sha256: sha256Hex('{"some":"json"}'),
    });
    const tree = sha256Hex(`a.json:${sha256Hex('{"some":"json"}')}b/two.txt:${sha256Hex('two')}`);
    expect(await ask('POST', `/artifacts/${id}/commit`, { sha256: sha256Hex('other') })).toMatchObject({
      status: 422,
      body: { code: 'JQ_HASH_MISMATCH' },
    });
    expect(await ask('POST', `/artifacts/${id}/commit`, { sha256: tree, sizeBytes: 18 })).toMatchObject({
      status: 200,
      body: { status: 'committed', treeSha256: tree, fileCount: 2, sizeBytes: 18 },
    });
    expect(await ask('POST', `/artifacts/${id}/commit`, {})).toMatchObject({ status: 200, body: { treeSha256: tree } });
    expect(await ask('PUT', `/artifacts/${id}/files/c`, Buffer.from('x'), bytes)).toMatchObject({
      status: 409,
      body: { code: 'JQ_ARTIFACT_STATUS' },
    });
    expect(await ask('DELETE', `/artifacts/${id}/files/a.json`)).toMatchObject({ status: 409 });
    expect((await ask('GET', `/artifacts/${id}/files?prefix=b/`)).body).toMatchObject({
      files: [{ path: 'b/two.txt' }],
      totalCount: 1,
      nextAfter: null,
    });
    expect((await ask('GET', `/artifacts/${id}/files?limit=1`)).body).toMatchObject({
      files: [{ path: 'a.json' }],
      totalCount: 2,
      nextAfter: 'a.json',
    });
    expect((await ask('GET', '/artifacts?name=results')).body).toMatchObject({ artifacts: [{ id, metadata: { seed: 7 } }] });
  }));

test('an artifact of one file has the hash of that file', () =>
  withHub(async (hub) => {
    const id = await newArtifact(hub);
    await hub.ask('PUT', `/artifacts/${id}/files/one`, Buffer.from('one'), bytes);
    expect((await hub.ask('POST', `/artifacts/${id}/commit`, {})).body).toMatchObject({ treeSha256: sha256Hex('one') });
  }));

test('bytes come back whole, by range, and not at all when the asker has them', () =>
  withHub(async (hub) => {
    const { ask } = hub;
    const id = await newArtifact(hub);
    const content = randomBytes(100_000);
    const url = `/artifacts/${id}/files/data.bin`;
    await ask('PUT', url, content, { 'content-type': 'text/html', 'content-sha256': sha256Hex(content) });
    const whole = await ask('GET', url);
    expect(whole.raw.equals(content)).toBe(true);
    expect(whole.headers).toMatchObject({
      etag: `"${sha256Hex(content)}"`,
      'x-content-sha256': sha256Hex(content),
      'content-length': '100000',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'content-disposition': "attachment; filename*=UTF-8''data.bin",
    });
    const part = await ask('GET', url, undefined, { range: 'bytes=99990-' });
    expect([part.status, part.headers['content-range'], part.raw.equals(content.subarray(99_990))]).toEqual([
      206,
      'bytes 99990-99999/100000',
      true,
    ]);
    expect((await ask('GET', url, undefined, { range: 'bytes=0-9' })).raw.equals(content.subarray(0, 10))).toBe(true);
    expect((await ask('GET', url, undefined, { range: 'bytes=-5' })).raw.equals(content.subarray(-5))).toBe(true);
    expect(await ask('GET', url, undefined, { range: 'bytes=100000-' })).toMatchObject({
      status: 416,
      body: { code: 'JQ_RANGE' },
      headers: { 'content-range': 'bytes */100000' },
    });
    expect((await ask('GET', url, undefined, { range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200);
    expect((await ask('GET', url, undefined, { 'if-none-match': `"${sha256Hex(content)}"` })).status).toBe(304);
    expect(await ask('HEAD', url)).toMatchObject({ status: 200, headers: { 'content-length': '100000', 'accept-ranges': 'bytes' } });
  }));

test.each(['', '/etc/passwd', '../x', 'a/../../x', 'a//b', 'a/', 'a/./b', 'a\u0000b', 'a\nb', 'a\\b', '\ud800', 'n'.repeat(256)])(
  'the path %j is refused',
  (path) => {
    expect(() => checkedFilePath(path)).toThrow('The path');
  },
);

test.each(['%2Fetc/passwd', '..%2fx', 'a%2f..%2f..%2fx', 'a%00b', 'a%5Cb'])('the address files/%s stores nothing', (path) =>
  withHub(async (hub) => {
    const id = await newArtifact(hub);
    expect(await hub.ask('PUT', `/artifacts/${id}/files/${path}`, Buffer.from('x'), bytes)).toMatchObject({
      status: 400,
      body: { code: 'JQ_BAD_PATH' },
    });
    expect(await blobCount(hub.dataDir)).toBe(0);
  }),
);

test('a file is not a folder too', () =>
  withHub(async (hub) => {
    const id = await newArtifact(hub);
    expect((await hub.ask('PUT', `/artifacts/${id}/files/a/b`, Buffer.from('x'), bytes)).status).toBe(201);
    expect(await hub.ask('PUT', `/artifacts/${id}/files/a`, Buffer.from('x'), bytes)).toMatchObject({
      status: 409,
      body: { code: 'JQ_EXISTS' },
    });
    expect(await hub.ask('PUT', `/artifacts/${id}/files/a/b/c`, Buffer.from('x'), bytes)).toMatchObject({
      status: 409,
      body: { code: 'JQ_EXISTS' },
    });
    expect((await hub.ask('PUT', `/artifacts/${id}/files/a-b`, Buffer.from('x'), bytes)).status).toBe(201);
  }));

test('bytes with another hash, or too many of them, leave nothing behind', () =>
  withHub(async (hub) => {
    const id = await newArtifact(hub);
    expect(
      await hub.ask('PUT', `/artifacts/${id}/files/x`, Buffer.from('x'), { ...bytes, 'content-sha256': sha256Hex('y') }),
    ).toMatchObject({ status: 422, body: { code: 'JQ_HASH_MISMATCH' } });
    expect(await hub.ask('PUT', `/artifacts/${id}/files/x`, Buffer.from('x'), { ...bytes, 'content-sha256': 'zz' })).toMatchObject({
      status: 400,
    });
    expect(await hub.ask('PUT', `/artifacts/${id}/files/x`, Buffer.alloc(1_000_001), bytes)).toMatchObject({
      status: 413,
      body: { code: 'JQ_TOO_LARGE' },
    });
    expect(await blobCount(hub.dataDir)).toBe(0);
    expect(await readdir(join(hub.dataDir, 'artifacts', 'incoming'))).toEqual([]);
  }));

test('too many bytes are refused also when nobody said how many come', () =>
  withHub(async (hub) => {
    const id = await newArtifact(hub);
    await hub.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = hub.app.server.address() as AddressInfo;
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        { port, method: 'PUT', path: `${base}/artifacts/${id}/files/x`, headers: { 'transfer-encoding': 'chunked' } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      request.on('error', reject);
      request.write(Buffer.alloc(600_000));
      request.end(Buffer.alloc(600_000));
    });
    expect(status).toBe(413);
  }));

test('equal bytes are kept once, and freed when nothing has them any more', () =>
  withHub(async (hub) => {
    const { ask, artifacts, dataDir } = hub;
    const [first, second] = [await newArtifact(hub), await newArtifact(hub)];
    for (const id of [first, second]) await ask('PUT', `/artifacts/${id}/files/same`, Buffer.from('the same'), bytes);
    expect(await blobCount(dataDir)).toBe(1);
    expect((await ask('DELETE', `/artifacts/${first}`)).status).toBe(204);
    expect(await artifacts.sweep()).toBe(0);
    expect((await ask('GET', `/artifacts/${second}/files/same`)).raw.toString()).toBe('the same');
    await ask('DELETE', `/artifacts/${second}`);
    expect(await artifacts.sweep()).toBe(8);
    expect(await blobCount(dataDir)).toBe(0);
  }));

test('a sweep takes nothing that is being stored', () =>
  withHub(async (hub) => {
    const id = await newArtifact(hub);
    const rounds = Array.from({ length: 30 }, async (_, index) => {
      await hub.ask('PUT', `/artifacts/${id}/files/f${index % 5}`, Buffer.from(`content ${index % 3}`), bytes);
      await hub.artifacts.sweep();
    });
    await Promise.all(rounds);
    for (let index = 0; index < 5; index++)
      expect((await hub.ask('GET', `/artifacts/${id}/files/f${index}`)).raw.toString()).toMatch(/^content \d$/);
  }));

test('a large file comes in pieces, goes on where it broke off, and becomes a file', () =>
  withHub(async (hub) => {
    const { ask } = hub;
    const id = await newArtifact(hub);
    const content = randomBytes(300_000);
    const created = await ask('POST', '/uploads', { sizeBytes: content.length });
    expect(created).toMatchObject({ status: 201, body: { offsetBytes: 0 } });
    const url = `/uploads/${String(created.body['id'])}`;
    const send = (from: number, to: number) => ask('PATCH', url, content.subarray(from, to), { ...bytes, 'upload-offset': String(from) });
    expect(await send(0, 100_000)).toMatchObject({ status: 204, headers: { 'upload-offset': '100000' } });
    expect(await send(0, 100_000)).toMatchObject({ status: 409, body: { code: 'JQ_UPLOAD_OFFSET' } });
    expect(await ask('HEAD', url)).toMatchObject({ status: 200, headers: { 'upload-offset': '100000', 'upload-length': '300000' } });
    expect(await ask('PUT', `/artifacts/${id}/files/big?upload=${String(created.body['id'])}`)).toMatchObject({ status: 409 });
    await send(100_000, 300_000);
    expect(await ask('PATCH', url, Buffer.from('more'), { ...bytes, 'upload-offset': '300000' })).toMatchObject({ status: 413 });
    expect(await ask('PUT', `/artifacts/${id}/files/big?upload=${String(created.body['id'])}`)).toMatchObject({
      status: 201,
      body: { sha256: sha256Hex(content), sizeBytes: 300_000 },
    });
    expect((await ask('GET', `/artifacts/${id}/files/big`)).raw.equals(content)).toBe(true);
    expect((await ask('GET', url)).status).toBe(404);
    expect(await ask('POST', '/uploads', { sizeBytes: 1_000_001 })).toMatchObject({ status: 413 });
  }));

test('what came before the connection broke stays', () =>
  withHub(async (hub) => {
    const created = await hub.ask('POST', '/uploads', {});
    const url = `/uploads/${String(created.body['id'])}`;
    await hub.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = hub.app.server.address() as AddressInfo;
    const request = httpRequest({
      port,
      method: 'PATCH',
      path: `${base}${url}`,
      headers: { 'content-length': 500_000, 'upload-offset': '0', 'content-type': 'application/octet-stream' },
    });
    request.on('error', () => undefined);
    request.write(Buffer.alloc(70_000));
    const offset = async () => Number((await hub.ask('HEAD', url)).headers['upload-offset']);
    await expect.poll(offset, { timeout: 10_000 }).toBe(70_000);
    request.destroy();
    await expect
      .poll(async () => (await hub.ask('PATCH', url, Buffer.alloc(5), { ...bytes, 'upload-offset': '70000' })).status, { timeout: 10_000 })
      .toBe(204);
    expect(await offset()).toBe(70_005);
  }));

test('people reach what is theirs, managers everything, an agent what its job takes and makes', () =>
  withHub(async (hub) => {
    const { ask } = hub;
    const as = (who: string) => ({ 'x-who': who });
    const input = await newArtifact(hub);
    await ask('PUT', `/artifacts/${input}/files/in`, Buffer.from('in'), bytes);
    const other = await newArtifact(hub);
    expect((await ask('GET', `/artifacts/${input}`, undefined, as('bob'))).status).toBe(404);
    expect((await ask('DELETE', `/artifacts/${input}`, undefined, as('bob'))).status).toBe(404);
    expect((await ask('GET', '/artifacts', undefined, as('bob'))).body).toMatchObject({ artifacts: [] });
    expect((await ask('GET', `/artifacts/${input}/files/in`, undefined, as('manager'))).status).toBe(200);
    const agent = as(`job:j1:${input}`);
    expect((await ask('GET', `/artifacts/${input}/files/in`, undefined, agent)).status).toBe(200);
    expect((await ask('PUT', `/artifacts/${input}/files/x`, Buffer.from('x'), { ...bytes, ...agent })).status).toBe(403);
    expect((await ask('GET', `/artifacts/${other}`, undefined, agent)).status).toBe(404);
    const made = await newArtifact(hub, { type: 'log' }, agent);
    expect((await ask('PUT', `/artifacts/${made}/files/log`, Buffer.from('x'), { ...bytes, ...agent })).status).toBe(201);
    expect((await ask('GET', `/artifacts/${made}`)).body).toMatchObject({ owner: 'ada', job: 'j1' });
    expect((await ask('GET', `/artifacts/${made}`, undefined, as('job:j2'))).status).toBe(404);
    const upload = await ask('POST', '/uploads', {});
    expect((await ask('GET', `/uploads/${String(upload.body['id'])}`, undefined, as('bob'))).status).toBe(404);
  }));

test('references stay where they are: their files are told, their bytes are not in the hub', () =>
  withHub(async (hub) => {
    const { ask } = hub;
    const byPath = await newArtifact(hub, { residence: { kind: 'path', cluster: 'juwels', path: '/p/scratch/x' } });
    expect(await ask('PUT', `/artifacts/${byPath}/files/a`, Buffer.from('x'), bytes)).toMatchObject({ status: 409 });
    expect((await ask('POST', `/artifacts/${byPath}/files`, { files: [{ path: 'a', sha256: sha256Hex('a'), sizeBytes: 1 }] })).status).toBe(
      200,
    );
    expect((await ask('POST', `/artifacts/${byPath}/commit`, { sha256: sha256Hex('a') })).body).toMatchObject({
      status: 'committed',
      treeSha256: sha256Hex('a'),
    });
    expect(await ask('GET', `/artifacts/${byPath}/files/a`)).toMatchObject({ status: 409 });
    const byUrl = await newArtifact(hub, { residence: { kind: 'url', url: 'https://data.example/set' } });
    await ask('POST', `/artifacts/${byUrl}/files`, { files: [{ path: 'a', sizeBytes: 1 }] });
    expect((await ask('POST', `/artifacts/${byUrl}/commit`, {})).body).toMatchObject({ status: 'committed', treeSha256: null });
    expect(await ask('GET', `/artifacts/${byUrl}/files/a`)).toMatchObject({
      status: 302,
      headers: { location: 'https://data.example/set' },
    });
    for (const residence of [
      { kind: 'path', cluster: null, path: 'x' },
      { kind: 'path', cluster: null, path: '/a/../b' },
      { kind: 'url', url: 'file:///etc/passwd' },
      { kind: 'url', url: 'https://u:p@host/' },
    ]) {
      expect(await ask('POST', '/artifacts', { residence })).toMatchObject({ status: 400 });
    }
  }));

test('what an open job needs is not deleted', () =>
  withHub(async (hub) => {
    const id = await newArtifact(hub);
    hub.needed.add(id);
    expect(await hub.ask('DELETE', `/artifacts/${id}`)).toMatchObject({ status: 409, body: { detail: `Job j1 needs artifact ${id}.` } });
  }));
