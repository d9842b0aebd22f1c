import { chmod, mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { silentLog } from '@juqueue/core';
import { describe, expect, it, vi } from 'vitest';
import { WatchedDefinitions } from './definitions-service.ts';
import { fileMark } from './file-mark.ts';
import { describePlan } from './describe-plan.ts';
import { FakeEngine } from './fake-engine.ts';
import { watchDefDir } from './watch-def-dir.ts';
import type { EventSource } from './watch-def-dir.ts';

const clusters = 'local: {type: local, max_jobs: 2, num_slots: 4}\n';
const experiment = (...runs: readonly string[]) =>
  `defaults: {cluster: local, cmd: [train], checkpoint: none}\nruns: [${runs.join(', ')}]\n`;

async function definitions(files: Readonly<Record<string, string>>, watchTimes = { settleMs: 20, pollMs: 60_000 }) {
  const defDir = await mkdtemp(join(tmpdir(), 'juqueue-definitions-'));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(defDir, path)), { recursive: true });
    await writeFile(join(defDir, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const engine = new FakeEngine();
  const service = new WatchedDefinitions({
    defDir,
    workDir: '/work',
    python: 'python3',
    engine: () => engine,
    clock: { nowMs: () => 7_200_000 },
    log: silentLog,
    watchTimes,
  });
  return {
    defDir,
    engine,
    service,
    write,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await rm(defDir, { recursive: true });
    },
  };
}

describe('the definitions of a manager', () => {
  it('are applied at the start', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters, 'experiments/e.yaml': experiment('{id: a}', '{id: b}') });
    const state = await test.service.start();
    expect(state.plan).toBeNull();
    expect(describePlan(state.applied?.plan ?? null)).toBe('clusters: new local\ne: 2 new');
    expect([...test.engine.runs.keys()]).toEqual(['e@a', 'e@b']);
    expect([...test.engine.snapshot.clusters.keys()]).toEqual(['local']);
  });

  it('are applied after a save when no running run would stop', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters, 'experiments/e.yaml': experiment('{id: a}') });
    await test.service.start();
    await test.write('experiments/f.yaml', experiment('{id: x}'));
    await vi.waitFor(() => expect([...test.engine.runs.keys()]).toEqual(['e@a', 'f@x']), { timeout: 5_000 });
  });

  it('wait for being applied when a running run would stop, and only those of that experiment', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters, 'experiments/e.yaml': experiment('{id: a}', '{id: b}', '{id: c}') });
    await test.service.start();
    test.engine.execute('e@a');
    await test.write('experiments/e.yaml', experiment('{id: a, retries: 2}', '{id: b, retries: 2}'));
    await test.write('experiments/f.yaml', experiment('{id: x}'));
    const state = await test.service.reload();
    expect(describePlan(state.plan)).toBe(
      'e: 2 changed, 1 removed\n  2 runs: retries 0 → 2\n  stops 1 running run: e@a (0.50 node-hours of work are done again)',
    );
    expect(describePlan(state.applied?.plan ?? null)).toBe('f: 1 new');
    expect(test.engine.runs.get('e@a')?.definition.retries).toBe(0);

    expect(await test.service.apply('another')).toMatchObject({ kind: 'refused', problem: { code: 'JQ_PLAN_CHANGED' } });
    expect(await test.service.apply(state.plan?.id ?? null)).toMatchObject({ kind: 'applied', plan: { id: state.plan?.id } });
    expect(test.service.state.plan).toBeNull();
    expect(test.engine.runs.get('e@b')?.definition.retries).toBe(2);
    expect(test.engine.runs.get('e@a')?.next).toMatchObject({ kind: 'changed' });
  });

  it('let running runs finish, or are skipped, as is chosen for each experiment', async () => {
    await using test = await definitions({
      'clusters.yaml': clusters,
      'experiments/e.yaml': experiment('{id: a}'),
      'experiments/f.yaml': experiment('{id: x}'),
    });
    await test.service.start();
    test.engine.execute('e@a');
    test.engine.execute('f@x');
    await test.write('experiments/e.yaml', experiment('{id: a, retries: 2}'));
    await test.write('experiments/f.yaml', experiment('{id: x, retries: 2}'));
    const { plan } = await test.service.reload();
    expect(await test.service.apply(plan?.id ?? null, { experiments: { g: 'skip' }, others: 'restart', clusters: 'apply' })).toMatchObject({
      kind: 'refused',
      problem: { code: 'JQ_BAD_REQUEST', message: "The plan does not change 'g', expected one of e, f." },
    });
    const outcome = await test.service.apply(plan?.id ?? null, { experiments: { e: 'finish' }, others: 'skip', clusters: 'apply' });
    expect(outcome.kind === 'applied' ? describePlan(outcome.plan) : outcome).toBe(
      'e: 1 changed\n  1 run: retries 0 → 2\n  lets finish 1 running run: e@a',
    );
    expect(test.engine.commands.at(-1)).toMatchObject({ kind: 'define-experiment', definition: { name: 'e' }, running: 'finish' });
    expect(test.service.state.plan?.experiments.map(({ name }) => name)).toEqual(['f']);
  });

  it('of a run that changes back to what still executes stop nothing', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters, 'experiments/e.yaml': experiment('{id: a}') });
    await test.service.start();
    test.engine.execute('e@a');
    await test.write('experiments/e.yaml', experiment('{id: a, retries: 2}'));
    await test.service.reload();
    await test.service.apply(null, { experiments: {}, others: 'finish', clusters: 'apply' });
    await test.write('experiments/e.yaml', experiment('{id: a}'));
    expect((await test.service.reload()).plan).toBeNull();
  });

  it('that broke stay as they were, and everything else goes on', async () => {
    await using test = await definitions({
      'clusters.yaml': clusters,
      'experiments/e.yaml': experiment('{id: a}'),
      'experiments/f.yaml': experiment('{id: x}'),
    });
    await test.service.start();
    await test.write('experiments/e.yaml', experiment('{id: a, retrys: 2}', '{id: b}'));
    await test.write('clusters.yaml', `${clusters}slurm: {type: slurm}\n`);
    await rm(join(test.defDir, 'experiments/f.yaml'));
    const state = await test.service.reload();
    expect(state.problems.map(({ file, line, code }) => [file, line, code])).toEqual([
      ['clusters.yaml', 2, 'missing-key'],
      ['clusters.yaml', 2, 'missing-key'],
      ['experiments/e.yaml', 2, 'unknown-key'],
    ]);
    expect([...test.engine.runs.keys()]).toEqual(['e@a']);
    expect(describePlan(state.applied?.plan ?? null)).toBe('f: removed with 1 run');
  });

  it('of a file that says nothing any more remove no experiment, as it may be any', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters, 'experiments/e.yaml': `name: other\n${experiment('{id: a}')}` });
    await test.service.start();
    await test.write('experiments/e.yaml', '');
    expect((await test.service.reload()).plan).toBeNull();
    expect([...test.engine.runs.keys()]).toEqual(['other@a']);
  });

  it('stay as they are while the folder is gone', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters, 'experiments/e.yaml': experiment('{id: a}') });
    await test.service.start();
    await rename(test.defDir, `${test.defDir}-away`);
    const state = await test.service.reload();
    await rename(`${test.defDir}-away`, test.defDir);
    expect(state.problems.map(({ code }) => code)).toEqual(['def-dir-missing']);
    expect([...test.engine.runs.keys()]).toEqual(['e@a']);
  });

  it('are needed: without the folder there is no start', async () => {
    await using test = await definitions({});
    await rm(test.defDir, { recursive: true });
    await expect(test.service.start()).rejects.toMatchObject({
      problem: { code: 'JQ_DEF_DIR_MISSING', message: `${test.defDir}: the definitions folder does not exist.` },
    });
    await mkdir(test.defDir);
  });

  it('of a cluster with running runs wait before they are removed', async () => {
    await using test = await definitions({
      'clusters.yaml': `${clusters}second: {type: local, max_jobs: 1, num_slots: 1}\n`,
      'experiments/e.yaml': experiment('{id: a}'),
    });
    await test.service.start();
    test.engine.execute('e@a', 'second');
    await test.write('clusters.yaml', clusters);
    expect(describePlan((await test.service.reload()).plan)).toBe(
      'clusters: removed second\n  stops 1 running run: e@a (0.50 node-hours of work are done again)',
    );
    expect([...test.engine.snapshot.clusters.keys()]).toEqual(['local', 'second']);
    await test.service.apply(null);
    expect([...test.engine.snapshot.clusters.keys()]).toEqual(['local']);
  });
});

describe('a save is noticed', () => {
  const files = { 'clusters.yaml': clusters, 'experiments/e.yaml': experiment('{id: a}') };
  const noticed = (engine: FakeEngine, run: string) =>
    vi.waitFor(() => expect([...engine.runs.keys()]).toContain(run), { timeout: 5_000, interval: 20 });

  it('in place', async () => {
    await using test = await definitions(files);
    await test.service.start();
    await test.write('experiments/e.yaml', experiment('{id: a}', '{id: b}'));
    await noticed(test.engine, 'e@b');
  });

  it('again and again by renaming a new file over the old one, as editors do', async () => {
    await using test = await definitions(files);
    await test.service.start();
    for (const id of ['b', 'c', 'd']) {
      await test.write('experiments/.e.yaml.tmp', experiment('{id: a}', `{id: ${id}}`));
      await rename(join(test.defDir, 'experiments/.e.yaml.tmp'), join(test.defDir, 'experiments/e.yaml'));
      await noticed(test.engine, `e@${id}`);
    }
  });

  it('of clusters.yaml by renaming', async () => {
    await using test = await definitions(files);
    await test.service.start();
    for (const name of ['x', 'y']) {
      await test.write('clusters.tmp', `${clusters}${name}: {type: local, max_jobs: 1, num_slots: 1}\n`);
      await rename(join(test.defDir, 'clusters.tmp'), join(test.defDir, 'clusters.yaml'));
      await vi.waitFor(() => expect([...test.engine.snapshot.clusters.keys()]).toEqual(['local', name]), { timeout: 5_000, interval: 20 });
    }
  });

  it('in a folder of experiments that did not exist at the start', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters });
    await test.service.start();
    await test.write('experiments/e.yaml', experiment('{id: a}'));
    await noticed(test.engine, 'e@a');
  });

  it('of rows that a definition names', async () => {
    await using test = await definitions(
      {
        ...files,
        'experiments/rows.yaml': 'defaults: {cluster: local, cmd: [train], checkpoint: none}\nfrom_csv: rows.csv\n',
        'rows.csv': 'id,lr\na,1\n',
      },
      { settleMs: 20, pollMs: 50 },
    );
    await test.service.start();
    await noticed(test.engine, 'rows@a');
    await test.write('rows.csv', 'id,lr\na,1\nb,2\n');
    await noticed(test.engine, 'rows@b');
  });

  it('by polling, when no event is raised', async () => {
    await using test = await definitions(files);
    let changes = 0;
    const silent: EventSource = async () => ({ [Symbol.asyncDispose]: async () => undefined });
    const listener = { changed: () => void (changes += 1), trouble: () => undefined };
    await using _ = await watchDefDir(test.defDir, { settleMs: 20, pollMs: 50 }, listener, silent);
    for (const [count, path] of ['experiments/e.yaml', 'clusters.yaml', 'experiments/new.yaml'].entries()) {
      await test.write(path, experiment(`{id: x${count}}`));
      await vi.waitFor(() => expect(changes).toBe(count + 1), { timeout: 5_000, interval: 20 });
    }
    await rm(join(test.defDir, 'experiments/e.yaml'));
    await vi.waitFor(() => expect(changes).toBe(4), { timeout: 5_000, interval: 20 });
  });

  it('of rows that were saved between their reading and the first look at them', async () => {
    await using test = await definitions({ ...files, 'rows.csv': 'id,lr\na,1\n' });
    let changes = 0;
    const silent: EventSource = async () => ({ [Symbol.asyncDispose]: async () => undefined });
    await using watching = await watchDefDir(
      test.defDir,
      { settleMs: 20, pollMs: 50 },
      { changed: () => void (changes += 1), trouble: () => undefined },
      silent,
    );
    const read = fileMark(await stat(join(test.defDir, 'rows.csv')));
    await test.write('rows.csv', 'id,lr\na,1\nb,2\n');
    watching.lookAlsoAt([{ path: 'rows.csv', mark: read }]);
    await vi.waitFor(() => expect(changes).toBe(1), { timeout: 5_000, interval: 20 });
    watching.lookAlsoAt([{ path: 'rows.csv', mark: read }]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(changes).toBe(1);
  });

  it('only once, and not without a change', async () => {
    await using test = await definitions(files, { settleMs: 20, pollMs: 50 });
    let loads = 0;
    await test.service.start();
    test.service.onChange(() => (loads += 1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(loads).toBe(0);
    await utimes(join(test.defDir, 'experiments/e.yaml'), 1, 1);
    await vi.waitFor(() => expect(loads).toBeGreaterThan(0), { timeout: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(loads).toBe(2);
  });

  it('that somebody else could have saved wait, with the reason, until a reload is asked for', async () => {
    await using test = await definitions({ 'clusters.yaml': clusters, 'experiments/e.yaml': experiment('{id: a}') });
    await test.service.start();
    await chmod(join(test.defDir, 'experiments'), 0o777);
    await test.write('experiments/e.yaml', experiment('{id: a}', '{id: b}'));
    await vi.waitFor(() => expect(test.service.state.plan).not.toBeNull(), { timeout: 5_000 });
    expect(test.service.state.problems).toMatchObject([
      { code: 'not-applied', message: expect.stringContaining('experiments has mode 0777') },
    ]);
    expect([...test.engine.runs.keys()]).toEqual(['e@a']);
    const state = await test.service.reload();
    expect([state.plan, state.problems, [...test.engine.runs.keys()]]).toEqual([null, [], ['e@a', 'e@b']]);
  });
});
