import { FakeClock } from '@juqueue/testkit';
import { describe, expect, test } from 'vitest';
import { defaultBroadcastTimes, EventBroadcast } from './event-broadcast.ts';

function setUp() {
  const clock = new FakeClock();
  const frames: { events: number; omitted: number }[] = [];
  const broadcast = new EventBroadcast(clock, { frame: (events, omitted) => JSON.stringify({ events: events.length, omitted }) }, () => 7);
  const subscriber = {
    bufferedBytes: 0,
    dropped: false,
    send: (text: string) => void frames.push(JSON.parse(text)),
    drop: () => void (subscriber.dropped = true),
  };
  return { clock, frames, broadcast, subscriber };
}

const event = { kind: 'run-retry-due', run: 's@a' } as const;

describe('the broadcast of events', () => {
  test('tells the first event at once and what follows in one frame per interval', async () => {
    const { clock, frames, broadcast, subscriber } = setUp();
    broadcast.subscribe(subscriber);
    broadcast.tell([event]);
    await clock.advance(0);
    expect(frames).toEqual([{ events: 1, omitted: 0 }]);
    for (let i = 0; i < 10; i += 1) {
      broadcast.tell([event]);
      await clock.advance(10);
    }
    expect(frames).toHaveLength(1);
    await clock.advance(250);
    expect(frames).toEqual([
      { events: 1, omitted: 0 },
      { events: 10, omitted: 0 },
    ]);
  });

  test('sends at most four frames a second however much happens', async () => {
    const { clock, frames, broadcast, subscriber } = setUp();
    broadcast.subscribe(subscriber);
    for (let elapsedMs = 0; elapsedMs < 999; elapsedMs += 1) {
      broadcast.tell([event]);
      await clock.advance(1);
    }
    expect(frames.length).toBeLessThanOrEqual(4);
  });

  test('counts what a frame has no room for', async () => {
    const { clock, frames, broadcast, subscriber } = setUp();
    broadcast.subscribe(subscriber);
    broadcast.tell(Array.from({ length: 1_000 }, () => event));
    await clock.advance(0);
    expect(frames).toEqual([{ events: defaultBroadcastTimes.maxEventsPerFrame, omitted: 1_000 - defaultBroadcastTimes.maxEventsPerFrame }]);
  });

  test('drops a client that does not read, and the others go on', async () => {
    const { clock, frames, broadcast, subscriber } = setUp();
    const slow = { ...subscriber, bufferedBytes: 2_000_000, isDropped: false, drop: () => void (slow.isDropped = true) };
    broadcast.subscribe(slow);
    broadcast.subscribe(subscriber);
    broadcast.tell([event]);
    await clock.advance(0);
    expect(slow.isDropped).toBe(true);
    expect(frames).toHaveLength(1);
    expect(broadcast.subscriberCount).toBe(1);
  });

  test('does nothing while nobody listens, and does not tell newcomers what was before', async () => {
    const { clock, frames, broadcast, subscriber } = setUp();
    broadcast.tell([event]);
    broadcast.subscribe(subscriber);
    await clock.advance(1_000);
    expect(frames).toEqual([]);
  });

  test('pulses while it is quiet, for as long as somebody listens', async () => {
    const clock = new FakeClock();
    const heard: string[] = [];
    const broadcast = new EventBroadcast(clock, { frame: () => 'frame', pulse: (seq) => `pulse ${seq}` }, () => 7);
    const leave = broadcast.subscribe({ bufferedBytes: 0, send: (text) => void heard.push(text), drop: () => undefined });
    await clock.advance(2_000);
    expect(heard).toEqual(['pulse 7']);
    await clock.advance(1_500);
    broadcast.tell([event]);
    await clock.advance(500);
    expect(heard).toEqual(['pulse 7', 'frame']);
    await clock.advance(2_000);
    expect(heard).toEqual(['pulse 7', 'frame', 'pulse 7']);
    leave();
    await clock.advance(10_000);
    expect(heard).toHaveLength(3);
  });
});
