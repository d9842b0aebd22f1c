import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { OpenedRunIndex } from './sqlite-run-index.ts';
import { everyRun } from '../select/selector.ts';
import { describeRunIndex } from './run-index-contract.ts';
import { runRowOf } from './run-samples.ts';
import { canMount, smallDisk } from './small-disk.ts';
import { runIndexSchemaVersion } from './run-index-schema.ts';
import { openRunIndex } from './sqlite-run-index.ts';
import { temporaryFolder } from './temporary-folder.ts';

describeRunIndex('the SQLite index', async (use) => {
  await using folder = await temporaryFolder();
  const { index } = await openRunIndex({ file: join(folder.path, 'a', 'index.sqlite'), journalSeq: 0 });
  await use(index);
  await index.close();
});

async function filledIndex(file: string): Promise<void> {
  const { index } = await openRunIndex({ file, journalSeq: 0 });
  index.apply(5, [{ kind: 'run', row: runRowOf() }]);
  await index.close();
}

async function closed({ index }: OpenedRunIndex): Promise<void> {
  await index.close();
}

describe('the file of the index', () => {
  it('is kept over a restart, and closed to others', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'index.sqlite');
    await filledIndex(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await openRunIndex({ file, journalSeq: 5 });
    expect(again).toMatchObject({ notice: { kind: 'kept' }, appliedSeq: 5 });
    expect(await again.index.selectRuns(everyRun)).toEqual(['sweep@r1']);
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
    await closed(again);
  });

  it('is begun anew when it knows later events than the journal', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'index.sqlite');
    await filledIndex(file);
    const again = await openRunIndex({ file, journalSeq: 4 });
    expect(again).toMatchObject({ notice: { kind: 'emptied', because: 'it knows event 5, the journal ends with 4' }, appliedSeq: 0 });
    expect(await again.index.countRuns(everyRun)).toBe(0);
    await closed(again);
  });

  it('is begun anew when it has another schema', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'index.sqlite');
    await filledIndex(file);
    const other = new DatabaseSync(file);
    other.exec('PRAGMA user_version = 99');
    other.close();
    const again = await openRunIndex({ file, journalSeq: 5 });
    expect(again).toMatchObject({ notice: { kind: 'emptied', because: `it has schema 99, not ${runIndexSchemaVersion}` }, appliedSeq: 0 });
    await closed(again);
  });

  it.each([
    ['text', 'this is no database, and long enough to be taken for one'.repeat(50)],
    ['nothing', ''],
  ])('is begun anew when it holds %s', async (_, content) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'index.sqlite');
    writeFileSync(file, content);
    const opened = await openRunIndex({ file, journalSeq: 5 });
    expect(opened).toMatchObject({ notice: { kind: 'emptied' }, appliedSeq: 0 });
    opened.index.apply(5, [{ kind: 'run', row: runRowOf() }]);
    expect(await opened.index.countRuns(everyRun)).toBe(1);
    await closed(opened);
  });

  it('that is damaged within refuses questions with a sentence, and is begun anew at the next start', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'index.sqlite');
    const { index } = await openRunIndex({ file, journalSeq: 0 });
    index.apply(
      1,
      Array.from({ length: 5_000 }, (_, i) => ({ kind: 'run', row: runRowOf({ name: `r${i}`, parameters: { seed: i } }) })),
    );
    await index.close();
    const bytes = readFileSync(file);
    // Behind the pages that the tables themselves are described in.
    bytes.fill(0xee, 64 * 4096);
    writeFileSync(file, bytes);
    const damaged = await openRunIndex({ file, journalSeq: 1 });
    if (damaged.notice.kind === 'kept') {
      const question = damaged.index.listRuns({ selector: everyRun, sort: 'ended', descending: false, limit: 10, cursor: null });
      await expect(question).rejects.toMatchObject({
        problem: { code: 'JQ_STORE_UNAVAILABLE', message: expect.stringContaining('is damaged') },
      });
      expect(damaged.index.trouble).toContain('it is built anew at the next start');
    }
    await closed(damaged);
    const again = await openRunIndex({ file, journalSeq: 1 });
    expect(again).toMatchObject({ notice: { kind: 'emptied' }, appliedSeq: 0 });
    await closed(again);
  });

  it('that another process holds is left alone, and the index is in memory', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'index.sqlite');
    const holder = await openRunIndex({ file, journalSeq: 0 });
    holder.index.apply(1, [{ kind: 'run', row: runRowOf() }]);
    expect(await holder.index.countRuns(everyRun)).toBe(1);
    const second = await openRunIndex({ file, journalSeq: 1 });
    expect(second).toMatchObject({ notice: { kind: 'in-memory', because: 'database is locked' }, appliedSeq: 0 });
    second.index.apply(1, [{ kind: 'run', row: runRowOf({ name: 'other' }) }]);
    expect(await second.index.selectRuns(everyRun)).toEqual(['sweep@other']);
    expect(await holder.index.selectRuns(everyRun)).toEqual(['sweep@r1']);
    await closed(second);
    await closed(holder);
  });

  it('survives a question that SQLite does not take', async () => {
    const { index } = await openRunIndex({ file: null, journalSeq: 0 });
    index.apply(1, [{ kind: 'run', row: runRowOf() }]);
    const where = Array.from({ length: 40_000 }, () => ({ parameter: 'a', operator: '=', value: 1 }) as const);
    await expect(index.countRuns({ ...everyRun, where })).rejects.toMatchObject({ problem: { code: 'JQ_STORE_UNAVAILABLE' } });
    expect(await index.countRuns(everyRun)).toBe(1);
    await index.close();
  });
});

describe('a full disk', () => {
  it.skipIf(!canMount)(
    '(needs root, to mount a small one) does not keep the index from answering, and costs no change when there is room again',
    async () => {
      await using disk = await smallDisk('512k');
      const { index } = await openRunIndex({ file: join(disk.path, 'index.sqlite'), journalSeq: 0 });
      index.apply(
        5_000,
        Array.from({ length: 5_000 }, (_, i) => ({ kind: 'run', row: runRowOf({ name: `r${i}`, parameters: { seed: i } }) })),
      );
      await expect.poll(() => index.trouble, { timeout: 5_000 }).toMatch(/^The index of runs cannot be written: .*full/);
      expect(await index.countRuns(everyRun)).toBe(5_000);
      await disk.resize('64m');
      await expect.poll(() => index.trouble, { timeout: 5_000 }).toBeNull();
      expect(await index.countRuns(everyRun)).toBe(5_000);
      expect(await index.appliedSeq()).toBe(5_000);
      await index.close();
    },
  );

  it.skipIf(!canMount)('(needs root, to mount a small one) shows what little comes meanwhile', async () => {
    await using disk = await smallDisk('1m');
    const { index } = await openRunIndex({ file: join(disk.path, 'index.sqlite'), journalSeq: 0 });
    index.apply(
      100,
      Array.from({ length: 100 }, (_, i) => ({ kind: 'run', row: runRowOf({ name: `r${i}`, parameters: { seed: i } }) })),
    );
    expect(await index.countRuns(everyRun)).toBe(100);
    for (const bytes of [1 << 14, 1 << 12]) fill(disk.path, bytes);
    index.apply(101, [{ kind: 'run', row: runRowOf({ name: 'later' }) }]);
    await expect.poll(() => index.trouble, { timeout: 5_000 }).toMatch(/full/);
    for (let asked = 0; asked < 3; asked++) expect(await index.countRuns(everyRun)).toBe(101);
    await disk.resize('64m');
    await expect.poll(() => index.trouble, { timeout: 5_000 }).toBeNull();
    await index.close();
  });
});

/** Files of this size until there is no room for another. */
function fill(path: string, bytes: number): void {
  try {
    for (let number = 0; ; number += 1) writeFileSync(join(path, `filler-${bytes}-${number}`), Buffer.alloc(bytes));
  } catch {
    // Full.
  }
}
