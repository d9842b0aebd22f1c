import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../model/events.ts';
import type { JournalStore, JournalOptions } from './journal-store.ts';
import type { JournalSchema } from './journal-schema.ts';
import { journalSchema } from './journal-schema.ts';
import { openJournalStore } from './journal-store.ts';
import { describeDamage } from './journal-protocol.ts';
import { readChain } from './journal-worker-chain.ts';
import { definedEvent, endedEvent } from './event-samples.ts';
import { canMount, smallDisk } from './small-disk.ts';
import { replayed } from './store-contract.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function openStore(options: JournalOptions): Promise<JournalStore> {
  const opened = await openJournalStore(options);
  if (opened.kind !== 'open') throw new Error(describeDamage(opened.damage));
  return opened.store;
}

/** A closed journal of these batches, one after the other. */
async function writtenJournal(
  directory: string,
  batches: readonly (readonly StoredEvent[])[],
  segmentBytes?: number,
): Promise<readonly string[]> {
  const store = await openStore(segmentBytes === undefined ? { directory } : { directory, segmentBytes });
  for (const batch of batches) await store.append(batch);
  await store.close();
  return readdirSync(directory).sort();
}

function seqs(batches: readonly (readonly StoredEvent[])[]): readonly number[] {
  return batches.flat().map((stored) => stored.seq);
}

function chainOf(directory: string): Extract<ReturnType<typeof readChain>, { kind: 'chain' }> {
  const chain = readChain(directory, 1);
  if (chain.kind !== 'chain') throw new Error(chain.kind);
  return chain;
}

describe('a journal after kill -9', () => {
  it('holds everything that was acknowledged, in order and without gaps', async () => {
    await using folder = await temporaryFolder();
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'append-forever.ts'), folder.path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (text: Buffer) => (output += text.toString()));
      await expect.poll(() => output.length, { timeout: 15_000 }).toBeGreaterThan(500);
      child.kill('SIGKILL');
      await once(child, 'close');
      const printed = output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number);
      acknowledged = Math.max(acknowledged, ...printed);
      const store = await openStore({ directory: folder.path });
      const stored = seqs(await replayed(store));
      await store.close();
      expect(stored.length).toBeGreaterThanOrEqual(acknowledged);
      expect(stored).toEqual(stored.map((_, index) => index + 1));
    }
    expect(readdirSync(folder.path).length).toBeGreaterThan(3);
  });
});

describe('a torn tail', () => {
  it('at any byte of the last batch costs that batch and nothing else', async () => {
    await using folder = await temporaryFolder();
    const [name] = await writtenJournal(folder.path, [[endedEvent(1)], [endedEvent(2)], [endedEvent(3), endedEvent(4)]]);
    const path = join(folder.path, name!);
    const whole = readFileSync(path);
    const { end } = chainOf(folder.path).segments[0]!;
    expect(end).toBe(whole.length);
    truncateSync(path, whole.length - 1);
    const lastGood = chainOf(folder.path).segments[0]!.end;
    for (let length = lastGood; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const chain = chainOf(folder.path);
      expect(chain).toMatchObject({ damage: null, tornBytes: length - lastGood });
      expect(chain.segments[0]).toMatchObject({ end: lastGood, lastSeq: 2 });
    }
  });

  it('of zeros, as a crash of the machine leaves it, costs the last batch only', async () => {
    await using folder = await temporaryFolder();
    const [name] = await writtenJournal(folder.path, [[endedEvent(1)], [endedEvent(2)]]);
    const path = join(folder.path, name!);
    const whole = readFileSync(path);
    truncateSync(path, whole.length - 1);
    const { end } = chainOf(folder.path).segments[0]!;
    writeFileSync(path, Buffer.concat([whole.subarray(0, end), Buffer.alloc(whole.length - end)]));
    expect(chainOf(folder.path)).toMatchObject({ damage: null, segments: [{ lastSeq: 1 }] });
  });

  it('within the last group costs the group from there on, for none of it was acknowledged', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path });
    await store.append([endedEvent(1)]);
    const { size } = statSync(join(folder.path, readdirSync(folder.path)[0]!));
    await Promise.all([store.append([endedEvent(2)]), store.append([endedEvent(3)])]);
    await store.close();
    const path = join(folder.path, readdirSync(folder.path)[0]!);
    const whole = readFileSync(path);
    whole[size + 40]! ^= 1;
    writeFileSync(path, whole);
    expect(chainOf(folder.path)).toMatchObject({ damage: null, tornBytes: whole.length - size, segments: [{ lastSeq: 1 }] });
  });

  it('costs a batch of several pieces as a whole', async () => {
    await using folder = await temporaryFolder();
    const [name] = await writtenJournal(folder.path, [[endedEvent(1)], [definedEvent(2, 3_000)]]);
    const path = join(folder.path, name!);
    truncateSync(path, statSync(path).size - 1);
    expect(chainOf(folder.path)).toMatchObject({ damage: null, segments: [{ lastSeq: 1 }] });
  });

  it('is told when the journal is opened, and what comes next is appended behind the last good batch', async () => {
    await using folder = await temporaryFolder();
    const [name] = await writtenJournal(folder.path, [[endedEvent(1)], [endedEvent(2)]]);
    const path = join(folder.path, name!);
    truncateSync(path, statSync(path).size - 5);
    const torn = await openJournalStore({ directory: folder.path });
    expect(torn).toMatchObject({ kind: 'open', lastSeq: 1, notices: [{ kind: 'torn-tail', segment: name, lastSeq: 1 }] });
    if (torn.kind !== 'open') return;
    await torn.store.append([{ ...endedEvent(2), atMs: 99 }]);
    await torn.store.close();
    const again = await openJournalStore({ directory: folder.path });
    expect(again).toMatchObject({ kind: 'open', lastSeq: 2, notices: [] });
    if (again.kind !== 'open') return;
    expect((await replayed(again.store)).flat()).toEqual([endedEvent(1), { ...endedEvent(2), atMs: 99 }]);
    await again.store.close();
  });

  it('of a segment that was being created costs nothing', async () => {
    await using folder = await temporaryFolder();
    await writtenJournal(folder.path, [[endedEvent(1)]]);
    writeFileSync(join(folder.path, '000002-000000000002.jnl'), 'JQJR');
    const store = await openStore({ directory: folder.path });
    await store.append([endedEvent(2)]);
    expect(seqs(await replayed(store))).toEqual([1, 2]);
    await store.close();
  });
});

describe('damage', () => {
  it('of any bit before the last batch is found, and the batches before it are kept', async () => {
    await using folder = await temporaryFolder();
    const [name] = await writtenJournal(folder.path, [[endedEvent(1)], [endedEvent(2)], [endedEvent(3)]]);
    const path = join(folder.path, name!);
    const whole = readFileSync(path);
    const lastStart = frameStart(folder.path, path, whole);
    for (let offset = 0; offset < lastStart; offset++) {
      const flipped = Buffer.from(whole);
      flipped[offset]! ^= 1 << (offset % 8);
      writeFileSync(path, flipped);
      const chain = readChain(folder.path, 1);
      if (chain.kind === 'newer') expect(offset).toBeGreaterThanOrEqual(8);
      else {
        const { damage } = chain;
        expect(damage, `bit ${offset % 8} of byte ${offset}`).not.toBeNull();
        expect(damage!.lastGoodSeq).toBeLessThan(3);
        expect(damage!.offset).toBeLessThanOrEqual(offset);
      }
    }
  });

  it('in an earlier segment is found and told by place, number and time', async () => {
    await using folder = await temporaryFolder();
    const names = await writtenJournal(folder.path, [[endedEvent(1)], [endedEvent(2)], [endedEvent(3)]], 1);
    expect(names).toHaveLength(3);
    flipLastByte(join(folder.path, names[1]!));
    const opened = await openJournalStore({ directory: folder.path });
    expect(opened).toEqual({
      kind: 'damaged',
      damage: { segment: names[1], offset: 256, lastGoodSeq: 1, lastGoodAtMs: 1_700_000_000_001 },
    });
    expect(opened.kind === 'damaged' && describeDamage(opened.damage)).toBe(
      'The journal is damaged in 000001-000000000002.jnl at byte 256; the last event before it is number 1 of 2023-11-14T22:13:20.001Z.',
    );
  });

  it.each([
    ['a missing segment', (path: string) => rmSync(path)],
    ['a segment cut short', (path: string) => truncateSync(path, statSync(path).size - 1)],
    ['a segment cut to nothing', (path: string) => truncateSync(path, 0)],
    ['8 KiB of zeros', (path: string) => writeFileSync(path, Buffer.concat([Buffer.alloc(8_192), readFileSync(path).subarray(8_192)]))],
  ])('by %s can be repaired: the rest is set aside and work goes on', async (_, damage) => {
    await using folder = await temporaryFolder();
    const names = await writtenJournal(folder.path, [[endedEvent(1)], [definedEvent(2, 100)], [endedEvent(3)]], 1);
    damage(join(folder.path, names[1]!));
    const before = readdirSync(folder.path).sort();
    expect(await openJournalStore({ directory: folder.path })).toMatchObject({
      kind: 'damaged',
      damage: { segment: names[1], lastGoodSeq: 1 },
    });
    expect(readdirSync(folder.path).sort()).toEqual(before);

    const repaired = await openJournalStore({ directory: folder.path, repair: true });
    expect(repaired).toMatchObject({ kind: 'open', lastSeq: 1, notices: [{ kind: 'repaired', damage: { lastGoodSeq: 1 } }] });
    if (repaired.kind !== 'open') return;
    await repaired.store.append([endedEvent(2)]);
    await repaired.store.close();
    const again = await openStore({ directory: folder.path });
    expect(seqs(await replayed(again))).toEqual([1, 2]);
    await again.close();
    expect(readdirSync(folder.path)).toContain(`${names[2]}.set-aside`);
  });

  it('within the newest segment is repaired with its remainder kept byte by byte', async () => {
    await using folder = await temporaryFolder();
    const [name] = await writtenJournal(folder.path, [[endedEvent(1)], [endedEvent(2)], [endedEvent(3)]]);
    const path = join(folder.path, name!);
    const whole = readFileSync(path);
    whole[300]! ^= 1;
    writeFileSync(path, whole);
    const repaired = await openJournalStore({ directory: folder.path, repair: true });
    expect(repaired).toMatchObject({ kind: 'open', lastSeq: 0, notices: [{ setAside: [`${name}.from-256.set-aside`] }] });
    expect(readFileSync(join(folder.path, `${name}.from-256.set-aside`))).toEqual(whole.subarray(256));
    if (repaired.kind === 'open') await repaired.store.close();
  });

  it('that comes while the journal is open is told to the one who reads', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path });
    await store.append([endedEvent(1)]);
    flipLastByte(join(folder.path, readdirSync(folder.path)[0]!));
    await expect(replayed(store)).rejects.toMatchObject({ problem: { code: 'JQ_JOURNAL_DAMAGED' } });
    await store.close();
  });
});

describe('the schema of the journal', () => {
  const renamed: JournalSchema = {
    version: 3,
    migrations: new Map([
      [1, (written) => ({ ...written, steps: ['1 to 2'] })],
      [2, (written) => ({ ...written, steps: [...(written['steps'] as string[]), '2 to 3'] })],
    ]),
  };

  it('of an older version is read through every migration, event by event', async () => {
    await using folder = await temporaryFolder();
    await writtenJournal(folder.path, [[endedEvent(1)], [definedEvent(2, 300)]]);
    const store = await openStore({ directory: folder.path, schema: renamed });
    await store.append([endedEvent(3)]);
    expect((await replayed(store)).flat()).toEqual([
      { ...endedEvent(1), steps: ['1 to 2', '2 to 3'] },
      { ...definedEvent(2, 300), steps: ['1 to 2', '2 to 3'] },
      endedEvent(3),
    ]);
    await store.close();
  });

  it('is the first one: a file that its first writer left is read word for word, and written on', async () => {
    expect(journalSchema.version).toBe(1);
    await using folder = await temporaryFolder();
    cpSync(new URL('fixtures/schema-1/', import.meta.url), folder.path, { recursive: true });
    const written = JSON.parse(readFileSync(join(folder.path, 'events.json'), 'utf8')) as readonly (readonly StoredEvent[])[];
    const store = await openStore({ directory: folder.path });
    await store.append([endedEvent(4)]);
    expect(await replayed(store)).toEqual([...written, [endedEvent(4)]]);
    await store.close();
  });

  it('of a newer version is refused with a sentence, and nothing is touched', async () => {
    await using folder = await temporaryFolder();
    const store = await openStore({ directory: folder.path, schema: renamed });
    await store.append([endedEvent(1)]);
    await store.close();
    const [name] = readdirSync(folder.path);
    const before = readFileSync(join(folder.path, name!));
    await expect(openJournalStore({ directory: folder.path, repair: true })).rejects.toMatchObject({
      problem: {
        code: 'JQ_WORK_DIR_NEWER',
        message: `The journal ${folder.path} was written by a newer version: ${name} has schema 3, this program knows up to 1.`,
      },
    });
    expect(readFileSync(join(folder.path, name!))).toEqual(before);
  });
});

describe('a full disk', () => {
  it.skipIf(!canMount)(
    '(needs root, to mount a small one) stops appends with a sentence and loses neither events nor order when there is room again',
    async () => {
      await using disk = await smallDisk('128k');
      const directory = join(disk.path, 'journal');
      const store = await openStore({ directory, segmentBytes: 20_000 });
      const order: number[] = [];
      const appends: Promise<unknown>[] = [];
      for (let seq = 1; seq <= 500; seq++) {
        appends.push(store.append([endedEvent(seq)]).then(() => order.push(seq)));
        if (seq % 10 === 0) await setImmediate();
      }
      await expect
        .poll(() => store.trouble, { timeout: 5_000 })
        .toMatch(/cannot be written: ENOSPC.*Nothing new is accepted until it can\.$/);
      expect(order.length).toBeLessThan(500);
      await disk.resize('2m');
      await Promise.all(appends);
      expect(store.trouble).toBeNull();
      expect(order).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
      await store.close();
      const again = await openStore({ directory });
      expect(seqs(await replayed(again))).toEqual(order);
      await again.close();
    },
  );
});

function flipLastByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
}

/** Where the last frame of a file begins. */
function frameStart(directory: string, path: string, whole: Buffer): number {
  writeFileSync(path, whole.subarray(0, whole.length - 1));
  const { end } = chainOf(directory).segments[0]!;
  writeFileSync(path, whole);
  return end;
}
