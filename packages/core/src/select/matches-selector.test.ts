import { describe, expect, it } from 'vitest';
import type { Selectable } from './matches-selector.ts';
import type { ParameterValue } from '../model/definition.ts';
import { selectorMatcher } from './matches-selector.ts';
import { parseSelectorText } from './parse-selector-text.ts';

const run: Selectable = {
  id: 'sweep@lr0.1_s2',
  experiment: 'sweep',
  status: 'running',
  reason: 'stopping',
  clusters: ['gpu', 'cpu'],
  node: 'gpu-7',
  failure: null,
  parameters: { lr: 0.1, seed: 2, name: 'adam', text: '1e-4', flag: true },
};

function matches(text: string, candidate: Selectable = run): boolean {
  const result = parseSelectorText(text);
  if (result.kind === 'unreadable') throw new Error(`unreadable: ${text}`);
  return selectorMatcher(result.selector)(candidate);
}

describe('a selector', () => {
  it.each([
    '',
    'sweep@lr0.1_s2',
    'sweep@*',
    '*@lr0.1_s2',
    '*_s2',
    'other@x sweep@*',
    'state:failed,running',
    'reason:stopping',
    'experiment:sw*p',
    'cluster:cpu',
    'node:gpu-*',
  ])('with "%s" means the run', (text) => expect(matches(text)).toBe(true));

  it.each([
    'sweep@lr0.1',
    'Sweep@*',
    'state:failed',
    'reason:running',
    'experiment:swee',
    'cluster:tpu',
    'node:gpu',
    'sweep@* state:failed',
  ])('with "%s" does not', (text) => expect(matches(text)).toBe(false));

  it('takes no character of a name as a pattern but the star', () => {
    expect(matches('a@b.c', { ...run, id: 'a@bxc' })).toBe(false);
    expect(matches('a@b+*', { ...run, id: 'a@b+c' })).toBe(true);
  });

  it('names no node of a run that is on none', () => {
    expect(matches('node:*', { ...run, node: null })).toBe(false);
  });
});

describe('a condition on a parameter', () => {
  it.each([
    'lr<0.2',
    'lr=0.10',
    'lr!=0.2',
    'seed>=2',
    'text<1e-3',
    'flag=true',
    'name=adam',
    'name<b',
    'name!=2',
    'seed="2"',
    'lr>0 && seed<3',
  ])('holds: %s', (where) => expect(matches(`where:"${where.replaceAll('"', '\\"')}"`)).toBe(true));

  it.each(['lr<0.1', 'name<5', 'name>5', 'flag=1', 'missing=1', 'missing!=1', 'constructor!=1', 'lr>0 && seed>3'])(
    'does not hold: %s',
    (where) => expect(matches(`where:"${where}"`)).toBe(false),
  );

  it('compares numbers as numbers, not as text', () => {
    const withSeed = (seed: ParameterValue): Selectable => ({ ...run, parameters: { seed } });
    expect(matches('where:seed<10', withSeed(9))).toBe(true);
    expect(matches('where:seed<10', withSeed('9'))).toBe(true);
    expect(matches('where:seed<10', withSeed(100))).toBe(false);
  });
});
