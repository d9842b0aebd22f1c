import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

interface RunAnswer {
  readonly status: string;
  readonly attempt: number;
}

const commandLine = fileURLToPath(new URL('../packages/cli/bin/juqueue.js', import.meta.url));
const runPath = (id: string): string => `/api/v1/runs/${encodeURIComponent(id)}`;

/** `long` appends a line when it starts and lives until its folder says so; `short` counts its starts. */
const files = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2, grace: 2s }\n',
  'experiments/e.yaml': `name: e
autostart: true
defaults: { cluster: local }
runs:
  - { id: long, cmd: [sh, -c, 'echo start >> starts; while [ ! -e stop ]; do sleep 0.05; done'] }
  - { id: short, cmd: [sh, -c, 'echo start >> starts'] }
`,
};

/** A manager under which `long` executes, for the `attempt`-th time, and `short` has finished. */
async function busyManager(folder: TestFolder, attempt = 1): Promise<TestManager> {
  const manager = await TestManager.start(folder);
  await manager.until<RunAnswer>(runPath('e@short'), ({ status }) => status === 'finished');
  await expect.poll(() => readIf(folder, 'e/long/starts'), { timeout: 20_000 }).toBe('start\n'.repeat(attempt));
  await expect.poll(() => readIf(folder, 'e/short/juqueue-run.json'), { timeout: 20_000 }).toContain('"attempt":1');
  return manager;
}

async function killedManager(folder: TestFolder): Promise<void> {
  await (await busyManager(folder)).end('SIGKILL');
}

function readIf(folder: TestFolder, path: string): string | null {
  try {
    return folder.read(path);
  } catch {
    return null;
  }
}

/** Both runs are as if nothing had been lost: the one executes on, the other stays finished, each was started once. */
async function expectNothingRunTwice(folder: TestFolder, manager: TestManager): Promise<void> {
  expect(await manager.until<RunAnswer>(runPath('e@long'), ({ status }) => status === 'running')).toMatchObject({ attempt: 1 });
  expect(await manager.until<RunAnswer>(runPath('e@short'), ({ status }) => status !== 'running')).toMatchObject({
    status: 'finished',
    attempt: 1,
  });
  writeFileSync(join(folder.workDir, 'e/long/stop'), '');
  expect(await manager.until<RunAnswer>(runPath('e@long'), ({ status }) => status !== 'running')).toMatchObject({
    status: 'finished',
    attempt: 1,
  });
  expect([folder.read('e/long/starts'), folder.read('e/short/starts')]).toEqual(['start\n', 'start\n']);
}

/** The newest segment, from the first event that names this text on, zeroed for 8 KiB and followed by what stood behind. */
function damageFrom(folder: TestFolder, text: string): void {
  const directory = join(folder.workDir, '.juqueue/journal');
  const segment = readdirSync(directory).sort().at(-1) ?? '';
  const bytes = readFileSync(join(directory, segment));
  const at = bytes.indexOf(text);
  if (at === -1) throw new Error(`${segment} does not hold ${text}`);
  bytes.fill(0, at, Math.min(at + 8_192, bytes.length));
  writeFileSync(join(directory, segment), bytes);
}

function juqueue(args: readonly string[]): Promise<{ readonly code: number; readonly err: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [commandLine, ...args], (error, _out, err) => resolve({ code: Number(error?.code ?? 0), err })),
  );
}

describe('after a loss of state', { timeout: 120_000 }, () => {
  test('8 KiB of zeros in the journal: what they cost is said by number and time, runs go on, nothing runs twice', async () => {
    using folder = new TestFolder(files);
    await killedManager(folder);
    damageFrom(folder, 'run-placed');
    const repaired = await juqueue(['doctor', '--repair', folder.defDir, '--work-dir', folder.workDir]);
    expect(repaired).toMatchObject({
      code: 0,
      err: expect.stringMatching(/the (last event before it is number \d+ of \d{4}-\d\d-\d\dT|last write)|cut short/),
    });
    await using manager = await TestManager.start(folder);
    expect(manager.output).toContain('The journal lacks its newest events');
    await expectNothingRunTwice(folder, manager);
  });

  test('the whole journal gone: definitions, histories and nodes bring everything back', async () => {
    using folder = new TestFolder(files);
    await killedManager(folder);
    rmSync(join(folder.workDir, '.juqueue/journal'), { recursive: true });
    await using manager = await TestManager.start(folder);
    await expectNothingRunTwice(folder, manager);
  });

  test('an older copy of the journal put back: what executes since then is known by its node and goes on', async () => {
    using folder = new TestFolder(files);
    await (await busyManager(folder)).end();
    const directory = join(folder.workDir, '.juqueue/journal');
    const older = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))] as const);
    await (await busyManager(folder, 2)).end('SIGKILL');
    rmSync(directory, { recursive: true });
    mkdirSync(directory, { mode: 0o700 });
    for (const [name, bytes] of older) writeFileSync(join(directory, name), bytes, { mode: 0o600 });
    await using manager = await TestManager.start(folder);
    expect(manager.output).toContain('The journal lacks its newest events');
    expect(await manager.until<RunAnswer>(runPath('e@long'), ({ status }) => status === 'running')).toMatchObject({ attempt: 2 });
    expect([folder.read('e/long/starts'), folder.read('e/short/starts')]).toEqual(['start\nstart\n', 'start\n']);
  });

  test('the index deleted: it is made anew and lists the same runs', async () => {
    using folder = new TestFolder(files);
    await killedManager(folder);
    for (const name of readdirSync(join(folder.workDir, '.juqueue')))
      if (name.startsWith('index.sqlite')) rmSync(join(folder.workDir, '.juqueue', name));
    await using manager = await TestManager.start(folder);
    expect(
      (await manager.json<{ runs: readonly { id: string; status: string }[] }>('/api/v1/runs')).runs.map(({ id, status }) => [id, status]),
    ).toEqual([
      ['e@long', 'running'],
      ['e@short', 'finished'],
    ]);
    await expectNothingRunTwice(folder, manager);
  });

  test('a journal that is whole is left alone by a repair', async () => {
    using folder = new TestFolder(files);
    await killedManager(folder);
    expect(await juqueue(['doctor', '--repair', folder.defDir, '--work-dir', folder.workDir])).toMatchObject({
      code: 0,
      err: expect.stringContaining('The journal is whole'),
    });
    await using manager = await TestManager.start(folder);
    await expectNothingRunTwice(folder, manager);
  });
});
