import { describe, expect, it } from 'vitest';
import type { RunDefinition } from '../model/definition.ts';
import { sampleRunDefinition } from '../model/samples.ts';
import { definitionHash } from './definition-hash.ts';
import { diffExperiment } from './diff-experiment.ts';

const run = sampleRunDefinition('a', {
  cmd: ['train'],
  parameters: { lr: 0.1, seed: 1 },
  checkpoint: { kind: 'none' },
  executor: { env: { A: '1', B: '2' }, venv: null, pythonSearchPath: [], prependScript: [], cuda: false },
});

describe('the hash of a definition', () => {
  it('stays the same from version to version', () => expect(definitionHash(run)).toBe('TxpRWL1BLBAYTMt80nVchO'));
  it('does not depend on the order of variables', () =>
    expect(definitionHash({ ...run, executor: { ...run.executor, env: { B: '2', A: '1' } } })).toBe(definitionHash(run)));
  it('survives the journal', () => expect(definitionHash(JSON.parse(JSON.stringify(run)))).toBe(definitionHash(run)));
  it('ignores keys that say nothing, as a later version may know more of them', () =>
    expect(definitionHash({ ...run, container: null } as RunDefinition)).toBe(definitionHash(run)));

  it.each<[string, Partial<RunDefinition>]>([
    ['the command', { cmd: ['train', ''] }],
    ['a parameter', { parameters: { lr: 0.2, seed: 1 } }],
    ['the type of a parameter', { parameters: { lr: '0.1', seed: 1 } }],
    ['a parameter that is 0', { parameters: { lr: 0.1, seed: 1, reg: 0 } }],
    ['the order of parameters, which is the order of arguments', { parameters: { seed: 1, lr: 0.1 } }],
    ['an empty variable', { executor: { ...run.executor, env: { A: '1', B: '2', C: '' } } }],
    ['slots', { resources: { slots: 2 } }],
    ['retries', { retries: 1 }],
    ['the checkpoint', { checkpoint: { kind: 'assumed' } }],
  ])('changes with %s', (_, change) => expect(definitionHash({ ...run, ...change })).not.toBe(definitionHash(run)));
});

it('two versions of an experiment differ by added, changed and removed runs; the others are untouched', () => {
  const changed = { ...run, name: 'changed' };
  const added = { ...run, name: 'added' };
  const stored = new Map([
    ['e@a', definitionHash(run)],
    ['e@changed', definitionHash({ ...changed, retries: 3 })],
    ['e@removed', 'any'],
  ]);
  expect(diffExperiment(stored, { name: 'e', autostart: true, runs: [run, changed, added] })).toEqual({
    added: [{ definition: added, definitionHash: definitionHash(added) }],
    changed: [{ definition: changed, definitionHash: definitionHash(changed) }],
    removed: ['e@removed'],
    unchangedCount: 1,
  });
});
