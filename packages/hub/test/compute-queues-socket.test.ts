import { expect, test, vi } from 'vitest';
import { jobIdOf } from '../src/adapters/compute-queues/definition.ts';
import { goodResult, pull, TestHub } from './test-hub.ts';

const queue = 'lab-queue-7f3a9c21';
const limits = { timeout: 60_000 };

interface Said {
  readonly type: string;
  readonly payload: {
    readonly state: { readonly jobs: Readonly<Record<string, Record<string, unknown>>> };
    readonly isSubset: boolean;
    readonly workers: readonly { readonly id: string }[];
    readonly error: string;
    readonly jobId: string;
    readonly logs: readonly unknown[][];
  };
}

/** A client as its page is one: messages out and in. */
class Client implements Disposable {
  readonly said: Said[] = [];
  readonly words: string[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const text = String(data);
      if (text.startsWith('{')) this.said.push(JSON.parse(text) as Said);
      else this.words.push(text);
    });
  }

  static async connect(hub: TestHub, path: string): Promise<Client> {
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}${path}`);
    const client = new Client(socket);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error('refused')), { once: true });
    });
    return client;
  }

  say(type: string, payload: unknown): void {
    this.#socket.send(JSON.stringify({ type, payload }));
  }

  sayWord(word: string): void {
    this.#socket.send(word);
  }

  submit(definition: Record<string, unknown>, control: object = {}): string {
    const id = jobIdOf(definition);
    this.say('StateChange', {
      tag: '',
      state: 'Queued',
      job: id,
      value: { type: 'Queued', time: Date.now(), enqueued: { id, definition, control } },
    });
    return id;
  }

  end(id: string, reason: string, namespace?: string): void {
    this.say('StateChange', { tag: '', state: 'Finished', job: id, value: { type: 'Finished', time: Date.now(), reason, namespace } });
  }

  /** The newest that it was told of the job. */
  state(id: string): Record<string, unknown> | undefined {
    return this.said.findLast(
      ({ type, payload }) => (type === 'JobStates' || type === 'JobStateUpdates') && payload.state.jobs[id] !== undefined,
    )?.payload.state.jobs[id];
  }

  async hears<T>(look: () => T): Promise<T> {
    return vi.waitFor(look, { timeout: 20_000, interval: 20 });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

async function openQueue() {
  const hub = await TestHub.start({ adapters: ['compute-queues'] });
  const ada = await hub.person('ada', 'editor');
  const key = String((await ada('POST', '/keys', {})).body['key']);
  expect((await fetch(`${hub.url}/q/${queue}`, { method: 'PUT', headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  return hub;
}

const echo = (text: string) => ({ image: 'alpine:3.18.5', command: `echo ${text}` });

test('a page submits by WebSocket, follows its job and its logs, and gets the result', limits, async () => {
  await using hub = await openQueue();
  const agent = await hub.agent('juwels', ['image']);
  using page = await Client.connect(hub, `/q/${queue}/client`);
  using other = await Client.connect(hub, `/${queue}/browser`);
  await page.hears(() => expect(page.said.map(({ type }) => type)).toEqual(expect.arrayContaining(['Workers', 'JobStates'])));
  expect(page.said.find(({ type }) => type === 'Workers')?.payload.workers).toMatchObject([{ id: 'juwels', cpus: 64 }]);
  page.sayWord('PING');
  await page.hears(() => expect(page.words).toEqual(['PONG']));

  const id = page.submit(echo('1'), { namespace: 'page-1' });
  for (const each of [page, other])
    await each.hears(() => expect(each.state(id)).toMatchObject({ state: 'Queued', hash: id, namespaces: ['page-1'] }));
  const [offer] = await pull(agent);
  const held = `/jobs/${offer?.job}/attempts/${offer?.attempt}`;
  await agent('POST', `${held}/claim`);
  await page.hears(() => expect(page.state(id)).toMatchObject({ state: 'Running', worker: 'juwels' }));
  const bytes = (text: string) => new TextEncoder().encode(text);
  await agent('PUT', `${held}/logs/stdout?offset=0`, bytes('one\ntw'));
  const linesOf = (client: Client) =>
    client.said.filter(({ type, payload }) => type === 'JobStatusPayload' && payload.jobId === id).flatMap(({ payload }) => payload.logs);
  await page.hears(() => expect(linesOf(page)).toEqual([['one', expect.any(Number)]]));
  await agent('PUT', `${held}/logs/stdout?offset=6`, bytes('o\n'));
  await agent('PUT', `${held}/logs/stderr?offset=0`, bytes('bad\n'));
  await page.hears(() =>
    expect(linesOf(page)).toEqual(
      expect.arrayContaining([
        ['two', expect.any(Number)],
        ['bad', expect.any(Number), true],
      ]),
    ),
  );
  // Who comes later gets what was written before.
  using late = await Client.connect(hub, `/q/${queue}/browser`);
  await late.hears(() => expect(linesOf(late)).toHaveLength(3));

  await agent('POST', `${held}/complete`, goodResult({ stdoutTail: 'one\ntwo\n', outcome: 'failed', exitCode: 3 }));
  await page.hears(() =>
    expect(page.state(id)).toMatchObject({
      state: 'Finished',
      finishedReason: 'Error',
      finished: {
        type: 'Finished',
        reason: 'Error',
        result: {
          StatusCode: 3,
          logs: [
            ['one', expect.any(Number)],
            ['two', expect.any(Number)],
          ],
        },
      },
    }),
  );
  expect((await (await fetch(`${hub.url}/q/${queue}/status`)).json()) as object).toMatchObject({
    clientCount: 3,
    localWorkers: { juwels: { cpus: 64 } },
  });
});

test('a job is cancelled, and a deleted one is forgotten and executed anew; what is refused is said', limits, async () => {
  await using hub = await openQueue();
  using page = await Client.connect(hub, `/q/${queue}/client`);
  const id = page.submit(echo('1'), { namespace: 'a' });
  await page.hears(() => expect(page.state(id)).toMatchObject({ state: 'Queued' }));
  page.end(id, 'Success');
  await page.hears(() =>
    expect(page.said).toContainEqual({ type: 'Error', payload: { error: expect.stringContaining('not as Success') } }),
  );
  page.end(id, 'Cancelled', 'a');
  await page.hears(() => expect(page.state(id)).toMatchObject({ state: 'Finished', finishedReason: 'Cancelled' }));
  page.end(id, 'Deleted');
  await vi.waitFor(async () => expect((await fetch(`${hub.url}/q/${queue}/j/${id}`)).status).toBe(404), 20_000);
  page.submit(echo('1'));
  await page.hears(() => expect(page.state(id)).toMatchObject({ state: 'Queued' }));
  page.end(id, 'JobReplacedByClient', '_');
  await page.hears(() => expect(page.state(id)).toMatchObject({ finishedReason: 'JobReplacedByClient' }));
  const before = page.said.length;
  page.say('QueryJob', { jobId: id });
  page.say('QueryJobStates', {});
  await page.hears(() =>
    expect(page.said.slice(before).map(({ type }) => type)).toEqual(expect.arrayContaining(['JobStateUpdates', 'JobStates'])),
  );
  page.say('StateChange', { state: 'Queued', job: id, value: {} });
  page.sayWord('no JSON');
  await page.hears(() =>
    expect(page.said.filter(({ type }) => type === 'Error').map(({ payload }) => payload.error)).toEqual([
      expect.any(String),
      'definition is missing.',
      expect.stringContaining("'no JSON'"),
    ]),
  );
});

test('a queue that is not open has no socket, and workers of their own kind have none', limits, async () => {
  await using hub = await openQueue();
  await expect(Client.connect(hub, '/q/another-queue-that-is-not-open/client')).rejects.toThrow();
  await expect(Client.connect(hub, `/q/${queue}/worker`)).rejects.toThrow();
});
