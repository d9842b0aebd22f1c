import { expect, test } from 'vitest';
import { differingNames, fromWhereTheyPart, otherDifferences } from './comparison.ts';

const definition = (epochs: string) =>
  ({
    cmd: ['python', 'train.py'],
    parameterFormat: 'argparse',
    resources: { slots: 1 },
    timeMs: null,
    timeLimitMs: null,
    dependsOn: [],
    retries: 0,
    checkpoint: { kind: 'none' },
    executor: { env: { EPOCHS: epochs }, venv: null, pythonSearchPath: [], prependScript: [], cuda: false },
  }) as const;

test('parameters differ where one run has another value, or the parameter alone', () => {
  expect(differingNames({ lr: 0.1, seed: 1 }, { lr: 0.1, seed: 2, width: 8 })).toEqual(['seed', 'width']);
});

test('of two runs only what they have otherwise is told, by its key in the definition', () => {
  const [failed, finished] = [
    { definition: definition('20'), attempt: 2, startedAtMs: 0, endedAtMs: 9_000, outcome: null },
    { definition: definition('10'), attempt: 1, startedAtMs: 0, endedAtMs: 60_000, outcome: null },
  ];
  expect(otherDifferences(failed, finished)).toEqual([
    { name: 'took', here: '9.0s', there: '1m 00s' },
    { name: 'attempts', here: '2', there: '1' },
    { name: 'executor.env.EPOCHS', here: '20', there: '10' },
  ]);
  expect(otherDifferences(failed, failed)).toEqual([]);
});

test('long values are shown from where they part, short ones whole', () => {
  const script = (seed: number): string => `python train.py --config configs/large/base.yaml --data /scratch/data --seed ${seed}`;
  expect(fromWhereTheyPart({ name: 'cmd', here: script(1), there: script(2) })).toEqual({
    name: 'cmd',
    here: '…data --seed 1',
    there: '…data --seed 2',
  });
  expect(fromWhereTheyPart({ name: 'took', here: '2.0s', there: '14s' })).toEqual({ name: 'took', here: '2.0s', there: '14s' });
});
