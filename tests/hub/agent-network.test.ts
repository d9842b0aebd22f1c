import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import { AgentSite, shell } from './agent-site.ts';
import { tlsFront } from './tls-front.ts';

const patienceMs = 120_000;
const program = fileURLToPath(new URL('../../packages/cli/bin/juqueue.js', import.meta.url));
const hub = 'host_users: [ada]\n';

function canMakeNamespaces(): boolean {
  try {
    execFileSync('unshare', ['--net', 'iptables', '-L'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** A proxy that knows CONNECT and nothing else, and counts. */
async function connectProxy() {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (request, client: Socket) => {
    asked.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const far = connect(Number(port), hostname, () => client.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
    for (const each of [client, far]) sockets.add(each.on('error', () => undefined).on('close', () => [client, far].map((end) => end.destroy())));
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
    const define = (more: string) => site.folder.define('hub.yaml', `url: ${front.url}\nagent: site\nsecret_file: ${secret}\ncluster: local\n${hub}${more}`);
    const check = (env: Readonly<Record<string, string>> = {}) => juqueue(['agent', 'check', '--config', join(site.folder.defDir, 'hub.yaml'), '--work-dir', site.folder.workDir], { env });

    define('');
    expect(await check()).toMatchObject({ code: 7, out: expect.stringMatching(/^BAD {3}hub: no answer from https:.*certificate/m) });
    define(`ca_file: ${front.caFile}\nproxy: ${proxy.url}\n`);
    expect(await check()).toMatchObject({ code: 0, out: expect.stringContaining('good  hub: ') });
    expect(proxy.asked.length).toBeGreaterThan(0);

    define(`ca_file: ${front.caFile}\n`);
    const before = proxy.asked.length;
    {
      await using _agent = site.serve({ env: { HTTPS_PROXY: proxy.url } });
      expect(await site.ended(await site.submit(shell('echo through')))).toMatchObject({ status: 'finished', result: { stdoutTail: 'through\n' } });
    }
    expect(proxy.asked.length).toBeGreaterThan(before);
    const { length } = proxy.asked;
    expect((await check({ HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' })).code).toBe(0);
    expect(proxy.asked.length).toBe(length);
  });

  test.skipIf(!canMakeNamespaces())('is outwards only: where everything that comes in is dropped, jobs are taken and results come back', async () => {
    await using site = await AgentSite.start({ hub });
    const name = `jq${process.pid}`;
    const [own, theirs] = ['10.231.77.1', '10.231.77.2'];
    const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: 'pipe' });
    ip('netns', 'add', name);
    try {
      ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name);
      ip('addr', 'add', `${own}/30`, 'dev', `${name}a`);
      ip('link', 'set', `${name}a`, 'up');
      const inside = (...args: readonly string[]) => ip('netns', 'exec', name, ...args);
      inside('ip', 'addr', 'add', `${theirs}/30`, 'dev', `${name}b`);
      inside('ip', 'link', 'set', `${name}b`, 'up');
      inside('iptables', '-P', 'INPUT', 'DROP');
      inside('iptables', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'ESTABLISHED', '-j', 'ACCEPT');
      await using front = await tlsFront(site.folder.path, own, site.hub.url);
      site.folder.define('hub.yaml', `url: ${front.url}\nagent: site\nsecret_file: ${join(site.folder.defDir, 'hub.secret')}\nca_file: ${front.caFile}\ncluster: local\n${hub}`);
      // The manager is reached by its unix socket, which knows no network.
      const agent = spawn('ip', ['netns', 'exec', name, process.execPath, program, 'agent', 'run', '--config', join(site.folder.defDir, 'hub.yaml'), '--work-dir', site.folder.workDir], { stdio: ['ignore', 'inherit', 'inherit'] });
      try {
        expect(await site.ended(await site.submit(shell('echo inside; echo 1 > output.json')))).toMatchObject({ status: 'finished', result: { stdoutTail: 'inside\n', output: 1 } });
        const refused = spawn('nc', ['-z', '-w', '1', theirs, '22'], { stdio: 'ignore' });
        expect(await new Promise((resolve) => refused.once('close', resolve).once('error', () => resolve(1)))).not.toBe(0);
      } finally {
        agent.kill('SIGTERM');
        await Promise.race([once(agent, 'exit'), sleep(10_000)]);
      }
    } finally {
      ip('netns', 'del', name);
    }
  });
});
