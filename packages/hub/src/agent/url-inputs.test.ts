import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HubDefinition } from '@juqueue/core';
import type { Job } from '../model/job.ts';
import type { AgentArtifact, HubPort } from './hub-port.ts';
import type { JobPlan } from './job-row.ts';
import { stageJob } from './stage-job.ts';
import { UrlInputs } from './url-inputs.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'juqueue-inputs-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A server of this machine, and what it was asked. */
async function serving(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Wishes {
  readonly hosts?: readonly string[];
  readonly allowsPrivate?: boolean;
  readonly proxy?: string | null;
  readonly maxBytes?: number;
  readonly files?: AgentArtifact['files'];
  readonly file?: string | null;
}

/** Stages one input that stays at this address, and reads what the job finds. */
async function staged(
  url: string,
  { hosts = ['localhost', '127.0.0.1'], allowsPrivate = true, proxy = null, maxBytes = 1_000_000, files = [], file = null }: Wishes = {},
): Promise<string> {
  using inputs = await UrlInputs.open({ inputHosts: hosts, allowsPrivateInputs: allowsPrivate, caFile: null, proxy }, {});
  const port = {
    artifact: async () => ({ id: 'a', residence: { kind: 'url', url }, isCommitted: true, files }),
  } as Partial<HubPort> as HubPort;
  const job = {
    definition: { input: null, command: null, files: [{ kind: 'artifact', artifact: 'a', path: 'in', file }] },
  } as unknown as Job;
  const run = join(directory, 'run');
  await stageJob(
    run,
    job,
    { job: 'j', attempt: 1 },
    { execution: { kind: 'host' }, entrypoint: null } as JobPlan,
    { roots: [], maxInputBytes: maxBytes } as unknown as HubDefinition,
    port,
    inputs,
  );
  return readFile(join(run, 'in', ...(files.length > 0 && file === null ? ['b/c d'] : [])), 'utf8');
}

test('an input that stays at an address is fetched from a host that the owner lists', async () => {
  await using data = await serving((_request, response) => void response.end('rows'));
  expect(await staged(`http://localhost:${data.port}/data/rows?v=1`)).toBe('rows');
  expect(await staged(`http://127.0.0.1:${data.port}/data/`, { files: [{ path: 'b/c d', sha256: sha256('rows'), sizeBytes: 4 }] })).toBe(
    'rows',
  );
  expect(await staged(`http://localhost:${data.port}/data`, { file: 'x' })).toBe('rows');
  expect(data.asked).toEqual(['/data/rows?v=1', '/data/b/c%20d', '/data/x']);
});

test('other hosts are not asked, nor private addresses, by name or by number, unless the owner allows them', async () => {
  await using data = await serving((_request, response) => void response.end('secret'));
  await expect(staged(`http://localhost:${data.port}/`, { hosts: [] })).rejects.toThrow('its host localhost is not one of');
  await expect(staged(`http://localhost:${data.port}/`, { hosts: ['*.localhost'] })).rejects.toThrow('is not one of *.localhost');
  await expect(staged(`http://localhost:${data.port}/`, { allowsPrivate: false })).rejects.toThrow('private address');
  await expect(staged(`http://127.0.0.1:${data.port}/`, { allowsPrivate: false })).rejects.toThrow('127.0.0.1 is a private address');
  await expect(staged('http://[::ffff:127.0.0.1]/', { hosts: ['[::ffff:7f00:1]'], allowsPrivate: false })).rejects.toThrow(
    'is a private address',
  );
  await expect(staged('s3://bucket/x')).rejects.toThrow('begins with s3:');
  expect(data.asked).toEqual([]);
});

test('a redirect is followed to hosts of the list only', async () => {
  await using data = await serving((request, response) => {
    const to = /^\/to\?(.*)$/.exec(request.url ?? '')?.[1];
    if (request.url === '/round') response.writeHead(307, { location: '/round' }).end();
    else if (to === undefined) response.end('rows');
    else response.writeHead(302, { location: to }).end();
  });
  expect(await staged(`http://localhost:${data.port}/to?/rows`)).toBe('rows');
  expect(await staged(`http://localhost:${data.port}/to?http://127.0.0.1:${data.port}/rows`)).toBe('rows');
  await expect(staged(`http://localhost:${data.port}/to?http://127.0.0.1:${data.port}/rows`, { hosts: ['localhost'] })).rejects.toThrow(
    'its host 127.0.0.1 is not one of localhost',
  );
  await expect(staged(`http://localhost:${data.port}/to?file:///etc/passwd`)).rejects.toThrow('begins with file:');
  await expect(staged(`http://localhost:${data.port}/round`)).rejects.toThrow('leads on more than 5 times');
});

test('what is not there, has another hash, breaks off or is too large is no input', async () => {
  await using data = await serving((request, response) => {
    if (request.url === '/none') response.writeHead(404).end('rows');
    else if (request.url === '/broken') response.writeHead(200, { 'content-length': '100' }).write('rows', () => response.destroy());
    else response.end('rows');
  });
  const at = (path: string) => `http://localhost:${data.port}/${path}`;
  await expect(staged(at('none'))).rejects.toThrow('answered 404, expected 200');
  await expect(staged(at('broken'))).rejects.toThrow('broke off');
  await expect(staged(at('rows'), { maxBytes: 3 })).rejects.toThrow('max_input');
  await expect(staged(at('rows'), { files: [{ path: 'b/c d', sha256: sha256('other'), sizeBytes: 4 }] })).rejects.toThrow(
    `expected ${sha256('other')}`,
  );
  await expect(staged(at('rows'), { files: [{ path: 'b/c d', sha256: null, sizeBytes: 5 }] })).rejects.toThrow('only 4 of 5 bytes');
  await expect(staged(at('rows'), { files: [{ path: 'b/c d', sha256: null, sizeBytes: 3 }] })).rejects.toThrow('more than the 3 bytes');
  await expect(readFile(join(directory, 'run/in'))).rejects.toThrow();
});

test('through a proxy the list of hosts counts, and names that only the proxy knows are reached', async () => {
  await using proxy = await serving((_request, response) => void response.end('by proxy'));
  const by = { proxy: `http://localhost:${proxy.port}`, allowsPrivate: false };
  expect(await staged('http://data.example.invalid/rows', { ...by, hosts: ['*.example.invalid'] })).toBe('by proxy');
  await expect(staged('http://other.invalid/rows', { ...by, hosts: ['*.example.invalid'] })).rejects.toThrow('is not one of');
  await expect(staged('http://169.254.169.254/latest', { ...by, hosts: ['169.254.169.254'] })).rejects.toThrow('is a private address');
  expect(proxy.asked).toEqual(['http://data.example.invalid/rows']);
});
