import { expect, test } from 'vitest';
import { columnsFor, fieldsFor, parameterOf, reasonOf, sharedParameters } from './columns.ts';

const lr = {
  name: 'lr',
  distinct: 2,
  isVarying: true,
  minimum: 0.1,
  maximum: 1,
  values: [
    { value: '0.1', runs: 3 },
    { value: '1', runs: 3 },
  ],
};
const epochs = { name: 'epochs', distinct: 1, isVarying: false, minimum: 90, maximum: 90, values: [{ value: '90', runs: 6 }] };

test('parameters that vary are columns, the others are said once', () => {
  const columns = columnsFor([lr, epochs]);
  expect(columns.map(({ label }) => label)).toEqual(['Run', 'Status', 'lr', 'Took', 'Changed', 'Reason', 'Node', 'Attempt']);
  expect(sharedParameters([lr, epochs])).toEqual(['epochs = 90']);
  expect(fieldsFor(columns)).toContain('parameters.lr');
  expect(fieldsFor(columns)).not.toContain('parameters.epochs');
});

test('a sweep over many parameters does not drown the rest', () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ ...lr, name: `p${index}` }));
  expect(columnsFor(many, { isOneExperiment: true }).filter(({ parameter }) => parameter !== null)).toHaveLength(6);
});

test('of several experiments the parameters that most runs have are columns, or those that somebody chose', () => {
  const of = (name: string, runs: number) => ({ ...lr, name, values: [{ value: '1', runs }] });
  const parameters = [of('rare', 1), of('a', 50), { ...lr, name: 'seed', values: [] }, of('b', 60)];
  const labels = (options: object) => columnsFor(parameters, options).flatMap(({ parameter }) => parameter ?? []);
  expect(labels({})).toEqual(['a', 'seed', 'b']);
  expect(labels({ chosen: ['rare', 'gone'] })).toEqual(['rare']);
});

test('of failed runs the reason comes first', () => {
  expect(columnsFor([lr], { isOfFailed: true }).map(({ label }) => label)).toEqual([
    'Run',
    'Status',
    'Reason',
    'lr',
    'Took',
    'Changed',
    'Node',
    'Attempt',
  ]);
});

test('a row that was asked for without its parameters has none', () => {
  expect(parameterOf({}, 'lr')).toBeUndefined();
  expect(parameterOf({ parameters: { lr: 0.1 } }, 'lr')).toBe(0.1);
});

test('the reason of a failure does not repeat its exit code', () => {
  expect(reasonOf({ detail: 'exited with code 1: RuntimeError: no data' })).toBe('RuntimeError: no data');
  expect(reasonOf({ detail: 'exited with code 1' })).toBe('');
  expect(reasonOf({ detail: null })).toBe('');
});
