import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import type { StoredEvent } from '../model/events.ts';
import type { JournalOptions, OpenedJournal } from './journal-store.ts';
import { journalSchema } from './journal-schema.ts';
import { JournalStore, openJournalStore } from './journal-store.ts';
import { definedEvent, endedEvent } from './event-samples.ts';
import { describeStore, replayed } from './store-contract.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function openStore(options: JournalOptions): Promise<JournalStore> {
  const opened = await openJournalStore(options);
  if (opened.kind !== 'open') throw new Error(`damaged at ${opened.damage.offset}`);
  return opened.store;
}

describeStore('the journal', async () => {
  const folder = await temporaryFolder();
  return { open: () => openStore({ directory: join(folder.path, 'journal') }), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
});

describeStore('the journal with a segment per group', async () => {
  const folder = await temporaryFolder();
  return { open: () => openStore({ directory: folder.path, segmentBytes: 1 }), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
});

describe('the journal', () => {
  it('is closed to others: folder 0700, files 0600', async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, 'a', 'journal');
    const store = await openStore({ directory });
    await store.append([endedEvent(1)]);
    await store.close();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    const names = await readdir(directory);
    expect(names).toEqual(['000001-000000000001.jnl']);
    expect((await stat(join(directory, names[0]!))).mode & 0o777).toBe(0o600);
  });

  it('creates no file before something is appended', async () => {
    await using folder = await temporaryFolder();
    await (await openStore({ directory: folder.path })).close();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('begins a new segment when one is full', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path, segmentBytes: 2_000 });
    for (let seq = 1; seq <= 20; seq++) await store.append([endedEvent(seq)]);
    expect((await readdir(folder.path)).length).toBeGreaterThan(3);
    expect((await replayed(store)).flat().map((stored) => stored.seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await store.close();
  });

  it('says the newest event when it is opened', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path });
    await store.append([endedEvent(1), endedEvent(2)]);
    await store.close();
    const opened = await openJournalStore({ directory: folder.path });
    expect(opened).toMatchObject({ kind: 'open', lastSeq: 2, notices: [] });
    await closed(opened);
  });

  it('does not read what a replaced manager still appended to its own segments', async () => {
    await using folder = await temporaryFolder();
    const old = await openStore({ directory: folder.path, segmentBytes: 2_000 });
    await old.append([endedEvent(1)]);
    const successor = await openStore({ directory: folder.path });
    await successor.append([endedEvent(2)]);
    for (let seq = 2; seq <= 20; seq++) await old.append([{ ...endedEvent(seq), atMs: 666 }]);
    await successor.append([endedEvent(3)]);
    await old.close();
    await successor.close();
    const again = await openStore({ directory: folder.path });
    expect((await replayed(again)).flat()).toEqual([endedEvent(1), endedEvent(2), endedEvent(3)]);
    await again.close();
  });

  it('stops a manager that meets the segment of another with its own number', async () => {
    await using folder = await temporaryFolder();
    const one = await openStore({ directory: folder.path });
    const other = await openStore({ directory: folder.path });
    await other.append([endedEvent(1)]);
    const refused = one.append([endedEvent(1)]);
    await expect.poll(() => one.trouble).toMatch(/cannot be written: EEXIST/);
    const closing = one.close();
    await expect(refused).rejects.toMatchObject({ problem: { code: 'JQ_STORE_UNAVAILABLE' } });
    await closing;
    expect((await replayed(other)).flat()).toEqual([endedEvent(1)]);
    await other.close();
  });

  it('encodes a large experiment in many short steps, between which others have their turn', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path });
    const large: readonly StoredEvent[] = [definedEvent(1, 50_000)];
    let turns = 0;
    let longestGapMs = 0;
    let lastTurnMs = performance.now();
    const counting = setInterval(() => {
      turns += 1;
      longestGapMs = Math.max(longestGapMs, performance.now() - lastTurnMs);
      lastTurnMs = performance.now();
    }, 1);
    const beganMs = performance.now();
    await store.append(large);
    const tookMs = performance.now() - beganMs;
    clearInterval(counting);
    console.log(
      `an experiment of 50 000 runs: durable after ${tookMs.toFixed(0)} ms, longest gap of the event loop ${longestGapMs.toFixed(0)} ms`,
    );
    expect(turns).toBeGreaterThan(10);
    expect(await replayed(store)).toEqual([large]);
    await store.close();
  });

  it('stores 3 000 small events a second with ease', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path });
    const beganMs = performance.now();
    let blockedMs = 0;
    const appends: Promise<void>[] = [];
    for (let seq = 1; seq <= 3_000; seq++) {
      const fromMs = performance.now();
      appends.push(store.append([endedEvent(seq)]));
      blockedMs += performance.now() - fromMs;
      if (seq % 10 === 0) await new Promise(setImmediate);
    }
    await Promise.all(appends);
    const tookMs = performance.now() - beganMs;
    console.log(`3 000 appends: ${tookMs.toFixed(0)} ms, of which ${blockedMs.toFixed(0)} ms in append`);
    expect(tookMs).toBeLessThan(3_000);
    await store.close();
  });

  it('replays 100 000 events soon', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path });
    for (let batch = 0; batch < 1_000; batch++) {
      const events = Array.from({ length: 100 }, (_, index) => endedEvent(batch * 100 + index + 1));
      if (batch % 100 === 99) await store.append(events);
      else void store.append(events);
    }
    await store.close();
    const openedMs = performance.now();
    const again = await openStore({ directory: folder.path });
    const beganMs = performance.now();
    let count = 0;
    for await (const batch of again.replay(1)) count += batch.length;
    const tookMs = performance.now() - beganMs;
    console.log(`journal of 100 000 events: opened in ${(beganMs - openedMs).toFixed(0)} ms, replayed in ${tookMs.toFixed(0)} ms`);
    expect(count).toBe(100_000);
    expect(tookMs).toBeLessThan(5_000);
    await again.close();
  });

  it('says that its file system hangs when nothing is answered for 5 s', async () => {
    const silent = new Worker('setInterval(() => {}, 1_000)', { eval: true });
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const store = new JournalStore(silent, journalSchema, { directory: '', compactionBytes: 1, state: null, eventBytes: 0 });
      void store.append([endedEvent(1)]);
      expect(store.trouble).toBeNull();
      vi.advanceTimersByTime(6_000);
      expect(store.trouble).toBe('The journal has not answered for 6 s: its file system hangs.');
    } finally {
      vi.useRealTimers();
      await silent.terminate();
    }
  });

  it('refuses a folder that it cannot use, with a sentence', async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, '0\0');
    await expect(openJournalStore({ directory })).rejects.toMatchObject({ problem: { code: 'JQ_WORK_DIR_NOT_WRITABLE' } });
    await mkdir(join(folder.path, '000001-000000000001.jnl'));
    await expect(openJournalStore({ directory: folder.path })).rejects.toMatchObject({ problem: { code: 'JQ_WORK_DIR_NOT_WRITABLE' } });
  });
});

async function closed(opened: OpenedJournal): Promise<void> {
  if (opened.kind === 'open') await opened.store.close();
}
