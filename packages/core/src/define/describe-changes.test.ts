import { expect, it } from 'vitest';
import { sampleRunDefinition } from '../model/samples.ts';
import { describeChanges } from './describe-changes.ts';

const run = sampleRunDefinition('a', {
  cmd: ['train'],
  parameters: { lr: 0.1, seed: 1 },
  executor: { env: { A: '1' }, venv: null, pythonSearchPath: [], prependScript: [], cuda: false },
});

it('two versions of a run are told apart key by key, old and new', () => {
  const after = {
    ...run,
    cmd: ['train', '--fast'],
    parameters: { lr: 0.2, width: 3 },
    timeMs: 60_000,
    executor: { ...run.executor, env: { A: '2' } },
  };
  expect(describeChanges(run, after)).toEqual([
    { key: 'cmd', from: '["train"]', to: '["train","--fast"]' },
    { key: 'parameters.lr', from: '0.1', to: '0.2' },
    { key: 'parameters.seed', from: '1', to: 'unset' },
    { key: 'parameters.width', from: 'unset', to: '3' },
    { key: 'timeMs', from: 'unset', to: '60000' },
    { key: 'executor.env.A', from: '"1"', to: '"2"' },
  ]);
});

it('another order of parameters is a change, as it is the order of arguments', () => {
  expect(describeChanges(run, { ...run, parameters: { seed: 1, lr: 0.1 } })).toEqual([
    { key: 'parameters', from: 'lr, seed', to: 'seed, lr' },
  ]);
});

it('equal versions have no changes', () => expect(describeChanges(run, structuredClone(run))).toEqual([]));
