import { FakeClock } from '@juqueue/testkit';
import { describe, expect, test } from 'vitest';
import { aRun, aRunningRun, anAllocation, FakeManager } from '../../test/fake-manager.ts';
import { LiveClient, liveLimits } from './live-client.ts';
import { liveViews } from './live-views.ts';

interface Frame {
  readonly kind: string;
  readonly seq: number;
  readonly [part: string]: unknown;
}

/** One client of a fake manager, everything that it was sent, and a way to say that something happened. */
function setUp(manager = new FakeManager()) {
  const clock = new FakeClock();
  const sent: { readonly atMs: number; readonly bytes: number; readonly frame: Frame }[] = [];
  const socket = {
    bufferedBytes: 0,
    isDropped: false,
    send: (text: string) => void sent.push({ atMs: clock.monotonicMs(), bytes: text.length, frame: JSON.parse(text) }),
    drop: () => void (socket.isDropped = true),
  };
  const client = new LiveClient(clock, liveViews(manager.context({ clock })), socket);
  const context = manager.context({ clock });
  context.engine.onEvents((events, touched) => client.tell(events, touched));
  const say = async (message: object | string): Promise<void> => {
    await client.receive(typeof message === 'string' ? message : JSON.stringify(message));
    await clock.advance(0);
  };
  return { manager, clock, sent, socket, client, say, frames: () => sent.map(({ frame }) => frame).filter(({ kind }) => kind === 'frame') };
}

const retry = (run: string) => ({ kind: 'run-retry-due', run }) as const;

describe('a client of topics', () => {
  test('gets the state of what it follows at once, then what changes of it, and nothing else', async () => {
    const { manager, clock, say, frames } = setUp(new FakeManager().add(aRun('sweep@a')).add(aRun('sweep@b')));
    manager.allocations.push(anAllocation('local-1'));
    await say({ kind: 'subscribe', topics: ['nodes', 'run:sweep@a'] });
    expect(frames()).toMatchObject([{ seq: 0, nodes: [{ id: 'local-1' }], run: { 'sweep@a': { id: 'sweep@a', definition: {} } } }]);
    manager.happen(retry('sweep@b'));
    await clock.advance(1_000);
    expect(frames()).toHaveLength(1);
    manager.happen(retry('sweep@a'));
    await clock.advance(1_000);
    expect(frames()[1]).toEqual({ kind: 'frame', seq: 2, run: { 'sweep@a': expect.objectContaining({ status: 'ready' }) } });
  });

  test('of a list of runs gets rows that match, and ids of those that do not any more', async () => {
    const { manager, clock, say, frames } = setUp(new FakeManager().add(aRun('sweep@a')).add(aRunningRun('sweep@b')).add(aRun('other@c')));
    await say({ kind: 'subscribe', topics: ['runs:sweep@* state:running'] });
    expect(frames()).toEqual([]);
    manager.tell([retry('sweep@a')], { runs: new Set(['sweep@a', 'sweep@b', 'other@c']), removedRuns: new Set(['sweep@z']) });
    await clock.advance(0);
    expect(frames()).toMatchObject([
      {
        runs: {
          'runs:sweep@* state:running': { isStale: false, rows: [{ id: 'sweep@b', node: 'a1' }], gone: ['sweep@a', 'other@c', 'sweep@z'] },
        },
      },
    ]);
  });

  test('is told to read its list again when more runs changed than are told one by one', async () => {
    const { manager, clock, say, frames } = setUp();
    await say({ kind: 'subscribe', topics: ['runs:'] });
    manager.tell([retry('s@a')], { runs: new Set(Array.from({ length: 100_000 }, (_, i) => `s@r${i}`)) });
    await clock.advance(0);
    expect(frames()).toMatchObject([{ runs: { 'runs:': { isStale: true, rows: [], gone: [] } } }]);
  });

  test('that comes back knows whether it has missed something, and hears of the events', async () => {
    const { manager, say, sent, frames } = setUp();
    for (const run of ['s@a', 's@b', 's@c']) manager.happen(retry(run));
    await say({ kind: 'subscribe', topics: ['events', 'runs:', 'overview'], since: 3 });
    expect(sent[0]?.frame).toEqual({ kind: 'subscribed', topics: ['events', 'runs:', 'overview'], seq: 3, isCurrent: true });
    expect(frames()).toEqual([]);
    await say({ kind: 'subscribe', topics: ['events', 'runs:'], since: 1 });
    expect(frames()).toMatchObject([
      { seq: 3, runs: { 'runs:': { isStale: true } }, events: { omitted: 0, events: [{ run: 's@b' }, { run: 's@c' }] } },
    ]);
  });

  test('that no longer follows a topic hears no more of it', async () => {
    const { manager, clock, say, frames } = setUp();
    await say({ kind: 'subscribe', topics: ['events'] });
    await say({ kind: 'unsubscribe', topics: ['events'] });
    manager.happen(retry('s@a'));
    await clock.advance(1_000);
    expect(frames()).toEqual([]);
  });

  test.each([
    ['no JSON', 'it is not a JSON object'],
    [{ kind: 'subscribe', topics: [] }, 'topics is []'],
    [{ kind: 'follow', topics: ['nodes'] }, 'kind is "follow"'],
    [{ kind: 'subscribe', topics: ['nodes'], since: 'x' }, 'since is "x"'],
    [{ kind: 'subscribe', topics: ['noodles'] }, "There is no topic 'noodles'"],
    [{ kind: 'subscribe', topics: ['runs:stat:failed'] }, "Did you mean 'state:'?"],
  ])('that says %j is told why that cannot be read, and stays', async (message, part) => {
    const { say, sent, socket } = setUp();
    await say(message);
    expect(sent[0]?.frame).toMatchObject({ kind: 'refused', problem: { detail: expect.stringContaining(part) } });
    expect(socket.isDropped).toBe(false);
  });
});

describe('however much happens, a client', () => {
  test('gets at most four frames and 50 kB a second, and in the end the newest state', async () => {
    const manager = new FakeManager();
    for (let i = 0; i < 300; i += 1) manager.add(aRun(`sweep@r${i}`, { detail: 'a long sentence about it '.repeat(8) }));
    const { clock, say, sent, frames } = setUp(manager);
    await say({ kind: 'subscribe', topics: ['overview', 'events', 'runs:sweep@*'] });
    const seconds = 20;
    for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs += 50) {
      manager.happen(retry(`sweep@r${(elapsedMs / 50) % 300}`));
      await clock.advance(50);
    }
    const bytes = sent.reduce((sum, each) => sum + each.bytes, 0);
    expect(frames().length).toBeLessThanOrEqual(4 * seconds + 1);
    expect(bytes).toBeLessThanOrEqual(liveLimits.bytesPerSecond * (seconds + 1));
    await clock.advance(10_000);
    expect(frames().at(-1)?.seq).toBe(manager.history.length);
  });

  test('that does not take its frames is dropped', async () => {
    const { manager, clock, say, socket, frames } = setUp();
    await say({ kind: 'subscribe', topics: ['events'] });
    socket.bufferedBytes = 2_000_000;
    manager.happen(retry('s@a'));
    await clock.advance(0);
    expect([socket.isDropped, frames().length]).toEqual([true, 0]);
    manager.happen(retry('s@a'));
    await clock.advance(1_000);
    expect(frames()).toEqual([]);
  });
});
