import { expect, test } from 'vitest';
import { columnsFor, fieldsFor, reasonOf, sharedParameters } from './columns.ts';

const lr = { name: 'lr', distinct: 2, isVarying: true, minimum: 0.1, maximum: 1, values: [{ value: '0.1', runs: 3 }, { value: '1', runs: 3 }] };
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
  expect(columnsFor(many).filter(({ parameter }) => parameter !== null)).toHaveLength(6);
});

test('the reason of a failure does not repeat its exit code', () => {
  expect(reasonOf({ detail: 'exited with code 1: RuntimeError: no data' })).toBe('RuntimeError: no data');
  expect(reasonOf({ detail: 'exited with code 1' })).toBe('');
  expect(reasonOf({ detail: null })).toBe('');
});
