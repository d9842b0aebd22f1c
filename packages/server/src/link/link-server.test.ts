import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Clock, ManagerMessage, NodeMessage, Timer } from '@juqueue/core';
import { protocolVersion, silentLog } from '@juqueue/core';
import { LinkClient } from '@juqueue/node-manager';
import { waitUntil } from '../../../node-manager/test/wait-until.ts';
import { systemClock } from '@juqueue/http';
import { LinkServer } from './link-server.ts';

const key = randomBytes(32);

const announcement = (epoch: number, ...ports: readonly number[]): string =>
  JSON.stringify({ epoch, addresses: ports.map((port) => ({ host: '127.0.0.1', port })) });

/** Lets no time pass, and adds up how much should have. */
class HastyClock implements Clock {
  waitedMs = 0;

  nowMs(): number {
    return 0;
  }

  monotonicMs(): number {
    return 0;
  }

  after(delayMs: number, action: () => void): Timer {
    return systemClock.after(0, () => {
      this.waitedMs += delayMs;
      action();
    });
  }
}

/** One end of a link as a node has it, with what it heard. */
class Peer implements Disposable {
  readonly heard: ManagerMessage[] = [];
  ups = 0;
  downs = 0;
  readonly link: LinkClient;

  constructor(
    server: LinkServer,
    allocation: string,
    itsKey = key,
    clock: Clock = systemClock,
    readAddresses = () => announcement(1, server.port),
  ) {
    this.link = new LinkClient(
      { allocation, key: itsKey, clock, log: silentLog, readAddresses: () => Promise.resolve(readAddresses()), random: () => 1 },
      { onUp: () => (this.ups += 1), onDown: () => (this.downs += 1), onMessage: (message) => this.heard.push(message) },
    );
    this.link.open();
  }

  async hello(allocation: string, nonce: string): Promise<void> {
    await waitUntil('the link is up', () => this.ups > this.downs);
    this.link.send({
      kind: 'hello',
      protocol: protocolVersion,
      allocation,
      nonce,
      connection: 1,
      endedNonces: [],
      host: 'h',
      pid: 1,
      slots: 1,
      deadlineMs: null,
      clockMs: 0,
      held: [],
      ended: [],
    });
  }

  [Symbol.dispose](): void {
    this.link.close();
  }
}

async function server(
  handle: (server: LinkServer, node: string, nonce: string, message: NodeMessage) => void = () => undefined,
): Promise<LinkServer & { readonly said: string[]; readonly closed: string[] }> {
  const link = await LinkServer.listen({ key, host: '127.0.0.1', port: 0, log: silentLog });
  const said: string[] = [];
  const closed: string[] = [];
  link.onMessage((node, nonce, message) => {
    said.push(`${node}/${nonce} ${message.kind}`);
    handle(link, node, nonce, message);
  });
  link.onClosed((node, nonce) => closed.push(`${node}/${nonce}`));
  return Object.assign(link, { said, closed });
}

describe('the link', () => {
  test('carries messages both ways, in order, from the hello on', async () => {
    await using manager = await server();
    using node = new Peer(manager, 'a1');
    await node.hello('a1', 'n1');
    node.link.send({ kind: 'heartbeat', number: 1 });
    await waitUntil('both are heard', () => manager.said.length === 2);
    expect(manager.said).toEqual(['a1/n1 hello', 'a1/n1 heartbeat']);
    expect(manager.send('a1', { epoch: 1, kind: 'heartbeat-answer', number: 1 })).toBe(true);
    expect(manager.send('a2', { epoch: 1, kind: 'heartbeat-answer', number: 1 })).toBe(false);
    await waitUntil('the answer is heard', () => node.heard.length === 1);
  });

  test('a peer with another key never gets so far as to speak', async () => {
    await using manager = await server();
    using stranger = new Peer(manager, 'a1', randomBytes(32));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(stranger.ups).toBe(0);
    expect(manager.said).toEqual([]);
  });

  test('a hello under another name than that of the key exchange cuts the link', async () => {
    await using manager = await server();
    using node = new Peer(manager, 'a1');
    await node.hello('a2', 'n1');
    await waitUntil('the link is cut', () => node.downs === 1);
    expect(manager.said).toEqual([]);
  });

  test('what comes before the hello is not heard', async () => {
    await using manager = await server();
    using node = new Peer(manager, 'a1');
    await waitUntil('the link is up', () => node.ups === 1);
    node.link.send({ kind: 'heartbeat', number: 1 });
    await node.hello('a1', 'n1');
    await waitUntil('the hello is heard', () => manager.said.length > 0);
    expect(manager.said).toEqual(['a1/n1 hello']);
  });

  test('a second NodeManager that is turned away does not disturb the first', async () => {
    await using manager = await server((link, node, nonce, message) => {
      if (message.kind !== 'hello' || nonce === 'n1') return;
      link.send(node, { epoch: 1, kind: 'refused', code: 'another-nonce', message: 'the node is served by another' });
      link.close(node);
    });
    using first = new Peer(manager, 'a1');
    await first.hello('a1', 'n1');
    await waitUntil('it is linked', () => manager.said.length === 1);
    using second = new Peer(manager, 'a1');
    await second.hello('a1', 'n2');
    await waitUntil('it is turned away', () => second.heard.some((message) => message.kind === 'refused') && second.downs === 1);
    expect(manager.send('a1', { epoch: 1, kind: 'release', reason: 'still there' })).toBe(true);
    await waitUntil('the first hears it', () => first.heard.some((message) => message.kind === 'release'));
    expect(manager.closed).toEqual([]);
  });

  test('a node that connects anew takes the place of its old connection without a gap', async () => {
    await using manager = await server();
    using old = new Peer(manager, 'a1');
    await old.hello('a1', 'n1');
    await waitUntil('it is linked', () => manager.said.length === 1);
    using anew = new Peer(manager, 'a1');
    await anew.hello('a1', 'n1');
    await waitUntil('the old one is cut', () => old.downs === 1);
    expect(manager.closed).toEqual([]);
    manager.send('a1', { epoch: 1, kind: 'release', reason: 'to the new one' });
    await waitUntil('the new one hears it', () => anew.heard.length === 1);
  });

  test('a link that breaks is told, and built anew by the node', async () => {
    await using manager = await server();
    using node = new Peer(manager, 'a1');
    await node.hello('a1', 'n1');
    await waitUntil('it is linked', () => manager.said.length === 1);
    node.link.reconnect();
    await waitUntil('its end is told', () => manager.closed.length === 1);
    expect(manager.closed).toEqual(['a1/n1']);
    await waitUntil('it is up again', () => node.ups === 2);
  });

  test('a manager that comes back at another address is met at the end of the pause in which it says so, not of the one after', async () => {
    const gone = await server();
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    await using manager = await server();
    const clock = new HastyClock();
    let looks = 0;
    using node = new Peer(gone, 'a1', key, clock, () => ((looks += 1) < 7 ? announcement(1, port) : announcement(2, manager.port)));
    await waitUntil('the link is up', () => node.ups === 1);
    // It looks at the beginning, and after each failure: at once, after 0.25, 0.75, 1.75, 3.75 and 7.75 s.
    expect(clock.waitedMs).toBeLessThan(8_000);
  });

  test('addresses where nobody is cost a node no pause of their own', async () => {
    const gone = [await server(), await server(), await server()];
    const ports = gone.map(({ port }) => port);
    for (const link of gone) await link[Symbol.asyncDispose]();
    await using manager = await server();
    const clock = new HastyClock();
    using node = new Peer(manager, 'a1', key, clock, () => announcement(1, ...ports, manager.port));
    await waitUntil('the link is up', () => node.ups === 1);
    expect(clock.waitedMs).toBeLessThanOrEqual(250);
  });
});
