import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../model/events.ts';
import type { JournalOptions, JournalStore } from './journal-store.ts';
import { StateFold } from '../ledger/state-fold.ts';
import { recover } from '../engine/recover.ts';
import { MemoryRunIndex } from './memory-run-index.ts';
import { everyRun } from '../select/selector.ts';
import { openJournalStore } from './journal-store.ts';
import { describeDamage } from './journal-protocol.ts';
import { canMount, smallDisk } from './small-disk.ts';
import { sweepEvents } from './sweep-events.ts';
import { temporaryFolder } from './temporary-folder.ts';

const small = { segmentBytes: 3_000, compactionBytes: 1 };

async function openStore(directory: string, more: Partial<JournalOptions> = {}): Promise<JournalStore> {
  const opened = await openJournalStore({ directory, ...small, ...more });
  if (opened.kind !== 'open') throw new Error(describeDamage(opened.damage));
  return opened.store;
}

/** What a start makes of the folder, and what it should be: everything there is to know of a state, as text. */
async function stateOf(directory: string): Promise<string> {
  const store = await openStore(directory);
  try {
    return textOf(await recover(store, new MemoryRunIndex()));
  } finally {
    await store.close();
  }
}

function textOf({ world, accounts }: Pick<StateFold, 'world' | 'accounts'>): string {
  return [...world.saved(), ...accounts.saved()].map((record) => JSON.stringify(record)).join('\n');
}

function foldOf(events: readonly StoredEvent[]): string {
  const fold = new StateFold();
  for (const stored of events) fold.apply([stored]);
  return textOf(fold);
}

const filesOf = (directory: string): readonly string[] => readdirSync(directory).sort();
const statesOf = (directory: string): readonly string[] => filesOf(directory).filter((name) => name.endsWith('.state'));
const segmentsOf = (directory: string): readonly string[] => filesOf(directory).filter((name) => name.endsWith('.jnl'));

/** A journal of these events with a compaction after each of `points`. */
async function compacted(directory: string, events: readonly StoredEvent[], points: readonly number[]): Promise<void> {
  const store = await openStore(directory);
  for (const stored of events) {
    await store.append([stored]);
    if (!points.includes(stored.seq)) continue;
    await store.compaction.save(stored.seq);
    await store.compaction.removeOld();
  }
  await store.close();
}

describe('a compacted journal', () => {
  const events = sweepEvents(120);

  it('gives the same state as all of its events, whatever the points at which it was drawn together', async () => {
    await using folder = await temporaryFolder();
    for (const points of [[40], [40, 80], [10, 20, 30, 100], [120]]) {
      const directory = join(folder.path, points.join('-'));
      await compacted(directory, events, points);
      expect(await stateOf(directory)).toBe(foldOf(events));
    }
  });

  it('keeps two saved states and what comes behind the older of them, and no file more', async () => {
    await using folder = await temporaryFolder();
    await compacted(folder.path, events, [30, 60, 90]);
    expect(statesOf(folder.path)).toEqual(['000001-000000000060.state', '000001-000000000090.state']);
    const firstSeqs = segmentsOf(folder.path).map((name) => Number(name.slice(7, 19)));
    expect(Math.min(...firstSeqs)).toBeGreaterThan(30);
    expect(Math.min(...firstSeqs)).toBeLessThanOrEqual(60);
  });

  it('goes on in later starts, each of which reads the newest state and the events behind it', async () => {
    await using folder = await temporaryFolder();
    for (let from = 0; from < 120; from += 20) {
      const store = await openStore(folder.path);
      expect(store.savedState?.seq ?? 0).toBe(from < 20 ? 0 : from - 10);
      for (const stored of events.slice(from, from + 20)) {
        await store.append([stored]);
        if (stored.seq % 20 === 10) await store.compaction.save(stored.seq).then(() => store.compaction.removeOld());
      }
      await store.close();
      expect(await stateOf(folder.path)).toBe(foldOf(events.slice(0, from + 20)));
    }
  });

  it('fills an index that is missing or behind with all runs, and with the attempts that ended long ago', async () => {
    await using folder = await temporaryFolder();
    const whole = new MemoryRunIndex();
    await compacted(join(folder.path, 'whole'), events, []);
    await compacted(join(folder.path, 'compacted'), events, [50, 100]);
    const all = await openStore(join(folder.path, 'whole'));
    await recover(all, whole);
    await all.close();
    const filled = new MemoryRunIndex();
    filled.apply(20, []);
    const store = await openStore(join(folder.path, 'compacted'));
    const { world } = await recover(store, filled);
    await store.close();
    expect(await filled.appliedSeq()).toBe(120);
    const query = { selector: everyRun, sort: 'id', descending: false, limit: 1_000, cursor: null } as const;
    expect(await filled.listRuns(query)).toEqual(await whole.listRuns(query));
    let attempts = 0;
    for (const { id } of world.allRuns) {
      expect(await filled.attempts(id)).toEqual(await whole.attempts(id));
      attempts += (await filled.attempts(id)).length;
    }
    expect(attempts).toBeGreaterThan(20);
  });

  it('is due when as much was appended as the state weighs, and at least what makes it worth while', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore(folder.path, { compactionBytes: 5_000 });
    expect(store.compaction.isDue).toBe(false);
    for (const stored of events.slice(0, 60)) await store.append([stored]);
    expect(store.compaction.isDue).toBe(true);
    const { stateBytes, eventBytes } = await store.compaction.save(60);
    expect(eventBytes).toBeGreaterThan(5_000);
    expect(store.compaction.isDue).toBe(false);
    let appended = 0;
    for (const stored of events.slice(60)) {
      if (appended < Math.max(5_000, stateBytes) - 1_000) expect(store.compaction.isDue).toBe(false);
      await store.append([stored]);
      appended += JSON.stringify(stored).length + 1;
    }
    await store.close();
    const again = await openStore(folder.path, { compactionBytes: 1_000 });
    expect(again.compaction.isDue).toBe(appended > stateBytes);
    await again.close();
  });
});

describe('a compaction that is cut off', () => {
  const events = sweepEvents(90);

  it('at any step leaves a journal with the same state', async () => {
    await using folder = await temporaryFolder();
    const [before, saved, after] = ['before', 'saved', 'after'].map((name) => join(folder.path, name)) as [string, string, string];
    const store = await openStore(before);
    for (const stored of events) {
      await store.append([stored]);
      if (stored.seq === 30) await store.compaction.save(30).then(() => store.compaction.removeOld());
    }
    cpSync(before, after, { recursive: true });
    await store.compaction.save(90);
    cpSync(before, saved, { recursive: true });
    await store.compaction.removeOld();
    cpSync(before, after, { recursive: true });
    await store.close();
    const expected = foldOf(events);

    const [name] = statesOf(saved).slice(-1);
    const state = readFileSync(join(saved, name!));
    const crashed = join(folder.path, 'crashed');
    const crash = async (change: () => void): Promise<void> => {
      rmSync(crashed, { recursive: true, force: true });
      cpSync(saved, crashed, { recursive: true });
      change();
      expect(await stateOf(crashed)).toBe(expected);
      const again = await openStore(crashed);
      await recover(again, new MemoryRunIndex());
      await again.append(sweepEvents(91).slice(90));
      await again.compaction.save(91).then(() => again.compaction.removeOld());
      await again.close();
      expect(await stateOf(crashed)).toBe(foldOf(sweepEvents(91)));
      expect(filesOf(crashed).filter((file) => file.endsWith('.part'))).toEqual([]);
    };
    const partLengths = [0, 1, 255, 256, 300, state.length >> 1, state.length - 1, state.length];
    for (const length of partLengths) {
      await crash(() => {
        rmSync(join(crashed, name!));
        writeFileSync(join(crashed, `${name}.part`), state.subarray(0, length));
      });
    }
    await crash(() => undefined);
    const removed = segmentsOf(saved).filter((segment) => !segmentsOf(before).includes(segment));
    for (let count = 1; count <= removed.length; count++)
      await crash(() => removed.slice(0, count).forEach((segment) => rmSync(join(crashed, segment))));
  });

  it('by kill -9 again and again loses nothing that was acknowledged', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    let acknowledged = 0;
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'compact-forever.ts'), folder.path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (text: Buffer) => (output += text.toString()));
      await expect.poll(() => output.split('\n').length, { timeout: 20_000 }).toBeGreaterThan(40 + round * 17);
      await expect.poll(() => statesOf(folder.path).length, { timeout: 20_000 }).toBeGreaterThan(0);
      child.kill('SIGKILL');
      await once(child, 'close');
      const printed = output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number);
      acknowledged = Math.max(acknowledged, ...printed);
      const store = await openStore(folder.path);
      expect(store.savedState).not.toBeNull();
      const { world, nextSeq } = await recover(store, new MemoryRunIndex());
      await store.close();
      expect(nextSeq).toBeGreaterThan(acknowledged);
      // Each event of that program is a start of a manager with its own number as the epoch.
      expect(world.epoch).toBe(nextSeq - 1);
    }
    expect(statesOf(folder.path).length).toBeLessThanOrEqual(3);
  });

  it.skipIf(!canMount)('(needs root, to mount a small disk) for want of room leaves nothing behind and is done later', async () => {
    await using disk = await smallDisk('64k');
    const directory = join(disk.path, 'journal');
    const store = await openStore(directory);
    for (const stored of events) await store.append([stored]);
    await disk.resize('48k');
    await expect(store.compaction.save(90)).rejects.toThrow(/ENOSPC/);
    expect(filesOf(directory).filter((name) => !name.endsWith('.jnl'))).toEqual([]);
    await disk.resize('2m');
    await store.compaction.save(90);
    await store.close();
    expect(await stateOf(directory)).toBe(foldOf(events));
  });
});

describe('damage of a compacted journal', () => {
  const events = sweepEvents(120);

  it.each([
    ['cut short', (path: string) => truncateSync(path, 500)],
    ['8 KiB of zeros', (path: string) => writeFileSync(path, Buffer.concat([Buffer.alloc(8_192), readFileSync(path).subarray(8_192)]))],
    ['cut to nothing', (path: string) => truncateSync(path, 0)],
    ['removed', (path: string) => rmSync(path)],
  ])('in the newest state (%s) costs nothing: the state before it and the events since then say the same', async (how, damage) => {
    await using folder = await temporaryFolder();
    await compacted(folder.path, events, [40, 80]);
    damage(join(folder.path, statesOf(folder.path)[1]!));
    const opened = await openJournalStore({ directory: folder.path, ...small });
    expect(opened).toMatchObject({
      kind: 'open',
      lastSeq: 120,
      notices: how === 'removed' ? [] : [{ kind: 'states-passed-over', states: ['000001-000000000080.state'] }],
    });
    if (opened.kind === 'open') await opened.store.close();
    expect(await stateOf(folder.path)).toBe(foldOf(events));
  });

  it('in all states is told as the loss that it is, and can be repaired', async () => {
    await using folder = await temporaryFolder();
    await compacted(folder.path, events, [40, 80]);
    for (const name of statesOf(folder.path)) truncateSync(join(folder.path, name), 700);
    expect(await openJournalStore({ directory: folder.path, ...small })).toMatchObject({ kind: 'damaged', damage: { lastGoodSeq: 0 } });
    const repaired = await openJournalStore({ directory: folder.path, ...small, repair: true });
    expect(repaired).toMatchObject({ kind: 'open', lastSeq: 0 });
    if (repaired.kind !== 'open') return;
    await repaired.store.append(events.slice(0, 1));
    await repaired.store.close();
    expect(await stateOf(folder.path)).toBe(foldOf(events.slice(0, 1)));
  });

  it('in events that the newest state includes costs nothing', async () => {
    await using folder = await temporaryFolder();
    await compacted(folder.path, events, [40, 80]);
    const [first] = segmentsOf(folder.path);
    truncateSync(join(folder.path, first!), 400);
    expect(await stateOf(folder.path)).toBe(foldOf(events));
  });

  it('behind the newest state costs what comes after it', async () => {
    await using folder = await temporaryFolder();
    await compacted(folder.path, events, [40, 80]);
    rmSync(join(folder.path, segmentsOf(folder.path).at(-2)!));
    const damaged = await openJournalStore({ directory: folder.path, ...small });
    expect(damaged).toMatchObject({ kind: 'damaged' });
    const lastGoodSeq = damaged.kind === 'damaged' ? damaged.damage.lastGoodSeq : 0;
    expect(lastGoodSeq).toBeGreaterThanOrEqual(80);
    const repaired = await openJournalStore({ directory: folder.path, ...small, repair: true });
    if (repaired.kind === 'open') await repaired.store.close();
    expect(await stateOf(folder.path)).toBe(foldOf(events.slice(0, lastGoodSeq)));
  });

  it('of the segment in which the state ends leaves the state', async () => {
    await using folder = await temporaryFolder();
    await compacted(folder.path, events.slice(0, 80), [40, 80]);
    const last = join(folder.path, segmentsOf(folder.path).at(-1)!);
    rmSync(last);
    expect(await stateOf(folder.path)).toBe(foldOf(events.slice(0, 80)));
    const store = await openStore(folder.path);
    await recover(store, new MemoryRunIndex());
    for (const stored of events.slice(80)) await store.append([stored]);
    await store.close();
    expect(await stateOf(folder.path)).toBe(foldOf(events));
  });
});

describe('a saved state', () => {
  const events = sweepEvents(60);

  it('of a manager that had been replaced is not read', async () => {
    await using folder = await temporaryFolder();
    const old = await openStore(folder.path);
    for (const stored of events.slice(0, 20)) await old.append([stored]);
    const successor = await openStore(folder.path);
    await successor.append(events.slice(20, 21));
    for (const stored of events.slice(20, 40)) await old.append([{ ...stored, atMs: stored.atMs + 666 }]);
    await old.compaction.save(40);
    await old.close();
    for (const stored of events.slice(21)) await successor.append([stored]);
    await successor.close();
    expect(statesOf(folder.path)).toEqual(['000001-000000000040.state']);
    expect(await stateOf(folder.path)).toBe(foldOf(events));
  });

  it('of a newer version is refused with a sentence, and nothing is touched', async () => {
    await using folder = await temporaryFolder();
    await compacted(folder.path, events, [60]);
    const [name] = statesOf(folder.path);
    const bytes = readFileSync(join(folder.path, name!));
    bytes.writeUInt32LE(9, 8);
    writeFileSync(join(folder.path, name!), bytes);
    await expect(openJournalStore({ directory: folder.path })).rejects.toMatchObject({
      problem: {
        code: 'JQ_WORK_DIR_NEWER',
        message: `The journal ${folder.path} was written by a newer version: ${name} has schema 9, this program knows up to 1.`,
      },
    });
    expect(readFileSync(join(folder.path, name!))).toEqual(bytes);
  });

  it('is closed to others', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, 'j'), { mode: 0o700 });
    await compacted(join(folder.path, 'j'), events, [60]);
    expect(statSync(join(folder.path, 'j', statesOf(join(folder.path, 'j'))[0]!)).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder.path, 'j', '000001-000000000060.state.part'))).toBe(false);
  });
});
