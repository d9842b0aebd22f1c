import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ManagerMessage } from '../../packages/core/src/index.ts';
import { protocolVersion, silentLog } from '../../packages/core/src/index.ts';
import { LinkClient } from '../../packages/node-manager/src/index.ts';
import { systemClock } from '../../packages/http/src/system-clock.ts';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { RecordingProxy } from './recording-proxy.ts';

const patienceMs = 120_000;

interface RunAnswer {
  readonly status: string;
  readonly attempt: number;
  readonly execution: { readonly pid: number | null; readonly node: string } | null;
}

describe('on the network between nodes and manager', { timeout: 40_000, retry: 0 }, () => {
  let folder: TestFolder;
  let manager: TestManager;
  let proxy: RecordingProxy;
  let linkPort: number;
  let before: RunAnswer;

  const running = ({ status, execution }: RunAnswer): boolean => status === 'running' && (execution?.pid ?? null) !== null;
  const run = (): Promise<RunAnswer> => manager.json<RunAnswer>('/api/v1/runs/sweep@long');
  const isLinked = async (): Promise<boolean> =>
    (await manager.json<{ nodes: readonly { nodeStatus: string | null }[] }>('/api/v1/nodes')).nodes.some(
      ({ nodeStatus }) => nodeStatus === 'connected',
    );
  /** The run goes on as if nothing had happened: same attempt, same process, on a linked node. */
  const isUnharmed = async (): Promise<void> => {
    await expect.poll(isLinked, { timeout: 30_000 }).toBe(true);
    expect(await run()).toMatchObject({ status: 'running', attempt: before.attempt, execution: { pid: before.execution?.pid } });
    expect(folder.read('sweep/long/logs/stdout.log').match(/^once-only$/gm)).toHaveLength(1);
  };

  beforeAll(async () => {
    folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n',
      'experiments/sweep.yaml':
        'name: sweep\ndefaults: { cluster: local, checkpoint: none }\nruns: [{ id: long, cmd: [bash, -c, "echo once-only; exec sleep 1000"] }]\n',
    });
    manager = await TestManager.start(folder);
    const addresses = JSON.parse(folder.read('.juqueue/addresses.json')) as { epoch: number; addresses: readonly { port: number }[] };
    linkPort = addresses.addresses[0]?.port ?? 0;
    proxy = await RecordingProxy.to(linkPort);
    writeFileSync(
      join(folder.workDir, '.juqueue/addresses.json'),
      JSON.stringify({ ...addresses, addresses: [{ host: '127.0.0.1', port: proxy.port }] }),
    );
    await manager.request('/api/v1/runs:resume', { method: 'POST', body: JSON.stringify({ selector: { q: 'sweep@*' } }) });
    before = await manager.until<RunAnswer>('/api/v1/runs/sweep@long', running);
  }, patienceMs);
  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('who listens reads nothing: no names, no commands, no keys', async () => {
    await sleep(6_000);
    expect(proxy.connections).toBe(1);
    expect(proxy.heard.length).toBeGreaterThan(1_000);
    for (const word of ['sweep', 'long', 'once-only', 'heartbeat', 'websocket', folder.workDir, folder.read('.juqueue/link.key').trim()])
      expect(proxy.heard.includes(word)).toBe(false);
    expect(proxy.heard.includes(Buffer.from(folder.read('.juqueue/link.key').trim(), 'hex'))).toBe(false);
  });

  test('who repeats what was said is not heard', async () => {
    const { newestSeq: seqBefore } = await newest();
    const again = connect(linkPort, '127.0.0.1');
    again.resume().on('error', () => undefined);
    for (const piece of proxy.recorded.up) again.write(piece);
    await new Promise<void>((resolve) => again.once('close', () => resolve()));
    await isUnharmed();
    expect((await newest()).newestSeq).toBe(seqBefore);
  });

  test.each(['up', 'down'] as const)(
    'who changes one bit on the way %s cuts the link, which is built anew; the run does not notice',
    async (direction) => {
      const connections = proxy.connections;
      proxy.tampers = direction;
      await expect.poll(() => proxy.connections, { timeout: 30_000 }).toBeGreaterThan(connections);
      await isUnharmed();
    },
  );

  test.each([
    ['plain HTTP', () => connect(linkPort, '127.0.0.1').end('GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n\r\n')],
    ['noise', () => connect(linkPort, '127.0.0.1').end(randomBytes(4_096))],
    ['TLS 1.3 without the key', () => connectTls({ port: linkPort, host: '127.0.0.1', minVersion: 'TLSv1.3', rejectUnauthorized: false })],
    [
      'TLS 1.2 with ciphers of certificates',
      () => connectTls({ port: linkPort, host: '127.0.0.1', maxVersion: 'TLSv1.2', rejectUnauthorized: false }),
    ],
    [
      'a cipher that hides nothing',
      () =>
        connectTls({
          port: linkPort,
          host: '127.0.0.1',
          maxVersion: 'TLSv1.2',
          ciphers: 'PSK-NULL-SHA256:@SECLEVEL=0',
          pskCallback: () => ({ psk: randomBytes(32), identity: 'local-00001' }),
          checkServerIdentity: () => undefined,
        }),
    ],
  ])('%s gets no answer', async (_what, open: () => Socket) => {
    const socket = open();
    socket.on('error', () => undefined);
    let heard = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => (heard = Buffer.concat([heard, bytes])));
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    expect(heard.includes('HTTP/1.1')).toBe(false);
    await isUnharmed();
  });

  test('an old or invented key opens nothing', async () => {
    using stranger = new Rogue(linkPort, randomBytes(32), before.execution?.node ?? '');
    await sleep(1_500);
    expect([stranger.ups, stranger.heard]).toEqual([0, []]);
  });

  test('a second NodeManager with the key that claims the allocation is turned away; the first one stays', async () => {
    const key = Buffer.from(folder.read('.juqueue/link.key').trim(), 'hex');
    using rogue = new Rogue(linkPort, key, before.execution?.node ?? '');
    await expect.poll(() => rogue.heard.some(({ kind }) => kind === 'refused'), { timeout: 20_000 }).toBe(true);
    expect(rogue.heard.find(({ kind }) => kind === 'refused')).toMatchObject({ code: 'another-nonce' });
    await isUnharmed();
  });

  test('strangers who hold connections open without a word keep only each other out', async () => {
    const held: Socket[] = [];
    for (let i = 0; i < 2_200; i += 1) {
      const socket = connect(linkPort, '127.0.0.1');
      socket.on('error', () => undefined);
      held.push(socket);
      if (i % 100 === 99) await sleep(10);
    }
    const connections = proxy.connections;
    proxy.tampers = 'up';
    await expect.poll(() => proxy.connections, { timeout: 30_000 }).toBeGreaterThan(connections);
    await isUnharmed();
    for (const socket of held) socket.destroy();
  });

  async function newest(): Promise<{ readonly newestSeq: number }> {
    const { events } = await manager.json<{ events: readonly { seq: number }[] }>('/api/v1/events?limit=1000');
    return { newestSeq: events.at(-1)?.seq ?? 0 };
  }

  /** Somebody who speaks the protocol and claims to serve this allocation. */
  class Rogue implements Disposable {
    readonly heard: ManagerMessage[] = [];
    readonly #link: LinkClient;
    ups = 0;

    constructor(port: number, key: Buffer, allocation: string) {
      const addresses = JSON.stringify({ epoch: 1, addresses: [{ host: '127.0.0.1', port }] });
      const claim = {
        kind: 'hello',
        protocol: protocolVersion,
        allocation,
        nonce: 'rogue',
        connection: 1,
        endedNonces: [],
        host: 'h',
        pid: 1,
        slots: 2,
        deadlineMs: null,
        clockMs: Date.now(),
        held: [],
        ended: [],
      } as const;
      this.#link = new LinkClient(
        { allocation, key, clock: systemClock, log: silentLog, readAddresses: () => Promise.resolve(addresses), random: () => 0.5 },
        {
          onUp: () => {
            this.ups += 1;
            this.#link.send(claim);
          },
          onDown: () => undefined,
          onMessage: (message) => this.heard.push(message),
        },
      );
      this.#link.open();
    }

    [Symbol.dispose](): void {
      this.#link.close();
    }
  }
});
