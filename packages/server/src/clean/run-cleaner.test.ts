import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@juqueue/core';
import type { Run } from '@juqueue/core';
import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { RunCleaner } from './run-cleaner.ts';

const dayMs = 86_400_000;
const clock = { nowMs: () => 100 * dayMs };

class Scene implements AsyncDisposable {
  readonly workDir = mkdtempSync(join(tmpdir(), 'juqueue-clean-'));
  readonly manager = new FakeManager();
  readonly cleaner = new RunCleaner({ engine: this.manager.context().engine, workDir: this.workDir, clock, log: silentLog });

  add(id: string, changes: Partial<Run> = {}): this {
    const folder = join(this.workDir, id.replace('@', '/'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'model.bin'), 'weights');
    this.manager.add(aRun(id, { status: 'finished', reason: 'exit', attempt: 1, changedAtMs: 50 * dayMs, ...changes }));
    return this;
  }

  has(id: string): boolean {
    return existsSync(join(this.workDir, id.replace('@', '/'), 'model.bin'));
  }

  /** The deletion goes on behind the answer. */
  async isEmptied(): Promise<boolean> {
    for (let turn = 0; turn < 200 && existsSync(join(this.workDir, '.juqueue/cleaned')); turn += 1) await sleep(20);
    return !existsSync(join(this.workDir, '.juqueue/cleaned'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleaner[Symbol.asyncDispose]();
    rmSync(this.workDir, { recursive: true, force: true });
  }
}

const reasons = (skipped: readonly { readonly run: string; readonly because: string }[]) =>
  Object.fromEntries(skipped.map(({ run, because }) => [run, because]));

test('folders of runs that ended long enough ago are deleted; every other run is left alone and says why', async () => {
  await using scene = new Scene();
  const { dependsOn: _none, ...definition } = aRun('sweep@x').definition;
  scene
    .add('sweep@old')
    .add('sweep@failed', { status: 'failed' })
    .add('sweep@young', { changedAtMs: 90 * dayMs })
    .add('sweep@ready', { status: 'ready', reason: 'queued' })
    .add('sweep@running', { status: 'running', reason: 'running' })
    .add('sweep@new', { attempt: 0 })
    .add('prepare@data')
    .add('prepare@rest')
    .add('later@sum', { status: 'inactive', reason: 'new', definition: { ...definition, dependsOn: ['prepare@d*'] } });
  const runs = [...scene.manager.runs.keys()];
  const wish = { runs, olderThanMs: 30 * dayMs, isDryRun: false };
  expect((await scene.cleaner.clean({ ...wish, isDryRun: true })).cleaned).toBe(4);
  expect(scene.has('sweep@old')).toBe(true);
  const { cleaned, skipped } = await scene.cleaner.clean(wish);
  expect([cleaned, reasons(skipped)]).toEqual([
    4,
    {
      'sweep@young': 'it is not old enough',
      'sweep@ready': 'it is ready',
      'sweep@running': 'it is running',
      'sweep@new': 'it has not executed anything',
      'prepare@data': 'a run that has not finished depends on it',
    },
  ]);
  expect(runs.filter((id) => scene.has(id))).toEqual(['sweep@young', 'sweep@ready', 'sweep@running', 'sweep@new', 'prepare@data']);
  expect(await scene.isEmptied()).toBe(true);
});

test('links are not followed: neither in the place of a run nor of an experiment nor within a folder', async () => {
  await using scene = new Scene();
  scene.add('sweep@within').add('sweep@link').add('linked@a');
  const elsewhere = join(scene.workDir, 'precious');
  mkdirSync(join(elsewhere, 'a'), { recursive: true });
  writeFileSync(join(elsewhere, 'a', 'thesis'), 'years of work');
  rmSync(join(scene.workDir, 'sweep/link'), { recursive: true });
  rmSync(join(scene.workDir, 'linked'), { recursive: true });
  symlinkSync(elsewhere, join(scene.workDir, 'sweep/link'));
  symlinkSync(elsewhere, join(scene.workDir, 'linked'));
  symlinkSync(elsewhere, join(scene.workDir, 'sweep/within/data'));
  const { cleaned, skipped } = await scene.cleaner.clean({
    runs: ['sweep@within', 'sweep@link', 'linked@a'],
    olderThanMs: 0,
    isDryRun: false,
  });
  expect([cleaned, reasons(skipped)]).toEqual([
    1,
    { 'sweep@link': 'its place is not a folder', 'linked@a': 'its experiment is not a folder' },
  ]);
  expect(await scene.isEmptied()).toBe(true);
  expect(readFileSync(join(elsewhere, 'a', 'thesis'), 'utf8')).toBe('years of work');
});

test('a run that somebody wants again while its folder leaves gets it back', async () => {
  await using scene = new Scene();
  scene.add('sweep@a');
  const cleaning = scene.cleaner.clean({ runs: ['sweep@a'], olderThanMs: 0, isDryRun: false });
  scene.manager.add(aRun('sweep@a', { status: 'ready', reason: 'queued', attempt: 1 }));
  expect(await cleaning).toEqual({ cleaned: 0, skipped: [{ run: 'sweep@a', because: 'it is ready' }] });
  expect(scene.has('sweep@a')).toBe(true);
});

test('a run whose folder is gone already is told so', async () => {
  await using scene = new Scene();
  scene.add('sweep@a');
  rmSync(join(scene.workDir, 'sweep'), { recursive: true });
  expect(await scene.cleaner.clean({ runs: ['sweep@a'], olderThanMs: 0, isDryRun: false })).toEqual({
    cleaned: 0,
    skipped: [{ run: 'sweep@a', because: 'it has no folder' }],
  });
});
