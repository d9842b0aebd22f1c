import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { combinations, parseIris, sweepReference, type SweepMatrix, type SweepParameters } from './example-sweep-reference.ts';

const DEF_DIR = join(import.meta.dirname, '..', 'example_defs');
const IRIS = await readFile(join(DEF_DIR, 'data', 'iris.csv'), 'utf8');
const SWEEP = parse(await readFile(join(DEF_DIR, 'experiments', 'sweep.yaml'), 'utf8')) as {
  readonly id: string;
  readonly matrix: SweepMatrix;
};
const REFERENCE = sweepReference(IRIS, SWEEP.matrix);

type RunResult = {
  readonly parameters: SweepParameters;
  readonly validation_loss: number;
  readonly validation_accuracy: number;
};

const temporaryDirectory = () => mkdtempDisposable(join(tmpdir(), 'juqueue-example-'));

function start(program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn('node', [join(DEF_DIR, 'programs', program), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? signal ?? 'SIGKILL';
}

const argumentsOf = ({ lr, reg, seed }: SweepParameters): readonly string[] => ['--lr', `${lr}`, '--reg', `${reg}`, '--seed', `${seed}`];

const idOf = (parameters: SweepParameters): string =>
  Object.entries(parameters).reduce((id, [name, value]) => id.replace(`{${name}}`, `${value}`), SWEEP.id);

/** Runs every combination in `<directory>/<id>`, two at a time. */
async function runSweep(directory: string): Promise<void> {
  const waiting = combinations(SWEEP.matrix).values();
  const worker = async () => {
    for (const parameters of waiting) {
      const runDirectory = join(directory, idOf(parameters));
      await mkdir(runDirectory);
      expect(await exitOf(start('train_softmax.mjs', argumentsOf(parameters), runDirectory))).toBe(0);
    }
  };
  await Promise.all([worker(), worker()]);
}

async function readResult(directory: string): Promise<RunResult> {
  return JSON.parse(await readFile(join(directory, 'result.json'), 'utf8')) as RunResult;
}

async function appearanceOf(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(5);
}

describe('the data', () => {
  it('is 150 flowers, 50 of each species, with Fisher’s values in the two rows that UCI has otherwise', () => {
    const flowers = parseIris(IRIS);
    expect([0, 1, 2].map((species) => flowers.filter((flower) => flower.species === species).length)).toEqual([50, 50, 50]);
    expect(flowers[34]?.inputs).toEqual([4.9, 3.1, 1.5, 0.2]);
    expect(flowers[37]?.inputs).toEqual([4.9, 3.6, 1.4, 0.1]);
  });
});

describe('the reference', () => {
  it('has one best setting, within the grid and ahead of the next by more than a thousandth', () => {
    const { table, best, runs } = REFERENCE;
    expect(runs.length).toBeGreaterThanOrEqual(24);
    expect(best).toMatchObject({ lr: 0.03, reg: 0.0001, seeds: 3 });
    expect((table[1]?.validationLoss ?? 0) / best.validationLoss).toBeGreaterThan(1.001);
  });
});

describe('the programs of the example sweep', () => {
  it('agree with the reference in every run, and name the same best parameters', { timeout: 180_000 }, async () => {
    await using directory = await temporaryDirectory();
    const sweep = join(directory.path, 'sweep');
    const summary = join(directory.path, 'summary');
    await Promise.all([mkdir(sweep), mkdir(summary)]);
    await runSweep(sweep);
    expect(await exitOf(start('summarise.mjs', ['--results', sweep], summary))).toBe(0);

    for (const run of REFERENCE.runs) {
      const result = await readResult(join(sweep, idOf(run)));
      expect(result.parameters).toEqual({ lr: run.lr, reg: run.reg, seed: run.seed });
      expect(Math.abs(result.validation_loss / run.validationLoss - 1), idOf(run)).toBeLessThan(1e-9);
      expect(result.validation_accuracy, idOf(run)).toBe(run.validationAccuracy);
    }
    const best = JSON.parse(await readFile(join(summary, 'best.json'), 'utf8')) as { lr: number; reg: number };
    expect(best).toMatchObject({ lr: REFERENCE.best.lr, reg: REFERENCE.best.reg, seeds: REFERENCE.best.seeds });
    const [header, ...rows] = (await readFile(join(summary, 'table.csv'), 'utf8')).trimEnd().split('\n');
    expect(header).toBe('lr,reg,seeds,validation_loss,validation_accuracy');
    expect(rows.map((row) => row.split(',').slice(0, 3).map(Number))).toEqual(
      REFERENCE.table.map(({ lr, reg, seeds }) => [lr, reg, seeds]),
    );
  });

  it.each([
    { signal: 'SIGUSR1', exit: 85 },
    { signal: 'SIGTERM', exit: 85 },
    { signal: 'SIGKILL', exit: 'SIGKILL' },
  ] as const)('end with the same bytes after $signal and a restart (exit $exit)', { timeout: 60_000 }, async ({ signal, exit }) => {
    await using directory = await temporaryDirectory();
    const [undisturbed, stopped] = [join(directory.path, 'undisturbed'), join(directory.path, 'stopped')];
    await Promise.all([mkdir(undisturbed), mkdir(stopped)]);
    const args = [...argumentsOf({ lr: 0.03, reg: 0.0001, seed: 1 }), '--epochs', '120000'];
    const touched = join(stopped, 'saved');
    const progress = join(stopped, 'progress');
    const whole = exitOf(start('train_softmax.mjs', args, undisturbed));

    const first = start('train_softmax.mjs', args, stopped, { JUQUEUE_CHECKPOINT_FILE: touched, JUQUEUE_PROGRESS_FILE: progress });
    const firstExit = exitOf(first);
    await appearanceOf(touched);
    first.kill(signal);
    expect(await firstExit).toBe(exit);
    expect(existsSync(join(stopped, 'result.json'))).toBe(false);
    const saved = JSON.parse(await readFile(join(stopped, 'checkpoint.json'), 'utf8')) as { epoch: number };
    expect(saved.epoch).toBeGreaterThanOrEqual(5000);

    expect(await exitOf(start('train_softmax.mjs', args, stopped, { JUQUEUE_PROGRESS_FILE: progress }))).toBe(0);
    expect(await whole).toBe(0);
    expect(await readFile(join(stopped, 'result.json'))).toEqual(await readFile(join(undisturbed, 'result.json')));
    expect(await readFile(progress, 'utf8')).toMatch(/^1\.00 validation loss 0\.\d+/);
  });

  it('start afresh beside a checkpoint of other settings', async () => {
    await using directory = await temporaryDirectory();
    const [used, fresh] = [join(directory.path, 'used'), join(directory.path, 'fresh')];
    await Promise.all([mkdir(used), mkdir(fresh)]);
    const train = (lr: number, cwd: string) =>
      exitOf(start('train_softmax.mjs', [...argumentsOf({ lr, reg: 0, seed: 1 }), '--epochs', '5000'], cwd));
    expect(await train(0.03, used)).toBe(0);
    expect(await train(0.01, used)).toBe(0);
    expect(await train(0.01, fresh)).toBe(0);
    expect(await readResult(used)).toEqual(await readResult(fresh));
  });

  it.each([
    { args: ['--reg', '0', '--seed', '1'], exit: 2, error: '--lr must be a number' },
    { args: ['--lr', '0.1', '--reg', '0', '--seed', '1.5'], exit: 2, error: '--seed must be a whole number, 0 or more' },
    { args: ['--lr', '0.1', '--reg', '0', '--seed', '1', '--rate', '1'], exit: 2, error: "Unknown option '--rate'" },
    { args: ['--lr', '1e200', '--reg', '1', '--seed', '1'], exit: 1, error: 'training diverged, try a smaller --lr' },
  ])('say in the error file: $error', async ({ args, exit, error }) => {
    await using directory = await temporaryDirectory();
    const errorFile = join(directory.path, 'error');
    expect(await exitOf(start('train_softmax.mjs', args, directory.path, { JUQUEUE_ERROR_FILE: errorFile }))).toBe(exit);
    expect((await readFile(errorFile, 'utf8')).split('\n')[0]).toContain(error);
  });

  it('rank complete settings first and order equal ones by their parameters', async () => {
    await using directory = await temporaryDirectory();
    const results: readonly (SweepParameters & { readonly loss: number })[] = [
      { lr: 1, reg: 0, seed: 1, loss: 0.25 },
      { lr: 1, reg: 0, seed: 2, loss: 0.5 },
      { lr: 0.1, reg: 0.5, seed: 1, loss: 0.5 },
      { lr: 0.1, reg: 0.5, seed: 2, loss: 0.25 },
      { lr: 0.1, reg: 0, seed: 1, loss: 0.375 },
      { lr: 0.1, reg: 0, seed: 2, loss: 0.375 },
      { lr: 3, reg: 0, seed: 1, loss: 0.1 },
    ];
    for (const [index, { loss, ...parameters }] of results.entries()) {
      const runDirectory = join(directory.path, `run${index}`);
      await mkdir(runDirectory);
      const result: RunResult = { parameters, validation_loss: loss, validation_accuracy: 0.9 };
      await writeFile(join(runDirectory, 'result.json'), JSON.stringify(result));
    }
    expect(await exitOf(start('summarise.mjs', ['--results', directory.path], directory.path))).toBe(0);
    expect((await readFile(join(directory.path, 'table.txt'), 'utf8')).split('\n')).toEqual([
      ' lr  reg  seeds  validation loss  accuracy',
      '0.1    0      2           0.3750     0.900',
      '0.1  0.5      2           0.3750     0.900',
      '  1    0      2           0.3750     0.900',
      '  3    0      1           0.1000     0.900',
      '',
    ]);
  });
});
