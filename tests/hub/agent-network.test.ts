import { once } from 'node:events';

import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import { AgentSite, shell } from './agent-site.ts';
import { NoWayIn, noWayInTrouble } from './no-way-in.ts';
import { tlsFront } from './tls-front.ts';

const patienceMs = 120_000;
const program = fileURLToPath(new URL('../../packages/cli/bin/juqueue.js', import.meta.url));
const hub = 'host_users: [ada]\n';

/** A proxy that knows CONNECT and nothing else, and counts. */
async function connectProxy() {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (request, client: Socket) => {
    asked.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const far = connect(Number(port), hostname, () => client.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
    for (const each of [client, far])
      sockets.add(each.on('error', () => undefined).on('close', () => [client, far].map((end) => end.destroy())));
    client.pipe(far).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

describe('the way to the hub', { timeout: patienceMs }, () => {
  test('goes through a proxy by CONNECT, and the hub is known by a certificate file of the owner alone', async () => {
    await using site = await AgentSite.start({ hub });
    await using front = await tlsFront(site.folder.path, '127.0.0.1', site.hub.url);
    await using proxy = await connectProxy();
    const secret = join(site.folder.defDir, 'hub.secret');
    const define = (more: string) =>
      site.folder.define('hub.yaml', `url: ${front.url}\nagent: site\nsecret_file: ${secret}\ncluster: local\n${hub}${more}`);
    const check = (env: Readonly<Record<string, string>> = {}) =>
      juqueue(['agent', 'check', '--config', join(site.folder.defDir, 'hub.yaml'), '--work-dir', site.folder.workDir], { env });

    define('');
    expect(await check()).toMatchObject({ code: 7, out: expect.stringMatching(/^BAD {3}hub: no answer from https:.*certificate/m) });
    define(`ca_file: ${front.caFile}\nproxy: ${proxy.url}\n`);
    expect(await check()).toMatchObject({ code: 0, out: expect.stringContaining('good  hub: ') });
    expect(proxy.asked.length).toBeGreaterThan(0);

    define(`ca_file: ${front.caFile}\n`);
    const before = proxy.asked.length;
    {
      await using _agent = site.serve({ env: { HTTPS_PROXY: proxy.url } });
      expect(await site.ended(await site.submit(shell('echo through')))).toMatchObject({
        status: 'finished',
        result: { stdoutTail: 'through\n' },
      });
    }
    expect(proxy.asked.length).toBeGreaterThan(before);
    const { length } = proxy.asked;
    expect((await check({ HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' })).code).toBe(0);
    expect(proxy.asked.length).toBe(length);
  });

  test('is outwards only: where everything that comes in is dropped, jobs are taken and results come back', async ({ skip }) => {
    const trouble = noWayInTrouble();
    if (trouble !== null) return skip(trouble);
    await using site = await AgentSite.start({ hub });
    using network = new NoWayIn();
    await using front = await tlsFront(site.folder.path, network.outside, site.hub.url);
    site.folder.define(
      'hub.yaml',
      `url: ${front.url}\nagent: site\nsecret_file: ${join(site.folder.defDir, 'hub.secret')}\nca_file: ${front.caFile}\ncluster: local\n${hub}`,
    );
    // The manager is reached by its unix socket, which knows no network.
    await using _agent = network.start(process.execPath, [
      program,
      'agent',
      'run',
      '--config',
      join(site.folder.defDir, 'hub.yaml'),
      '--work-dir',
      site.folder.workDir,
    ]);
    expect(await site.ended(await site.submit(shell('echo inside; echo 1 > output.json')))).toMatchObject({
      status: 'finished',
      result: { stdoutTail: 'inside\n', output: 1 },
    });
    expect(await network.lets(22)).toBe(false);
  });
});
