import { expect, test } from 'vitest';
import { parseArray, parseSbatch } from './parse-sbatch.ts';

test('directives are read until the first command, in every way in which sbatch takes them', () => {
  const { options, array } = parseSbatch(
    '#!/bin/bash -l\n# a comment\n#SBATCH -J "two words" --time 10:00\n#SBATCH -N1 -n 2 --exclusive # why\n#SBATCH --array=0-9%3\n#SBATCH -J last\n\necho\n#SBATCH --qos=no\n',
  );
  expect(Object.fromEntries(options)).toEqual({
    'job-name': 'last',
    time: '10:00',
    nodes: '1',
    ntasks: '2',
    exclusive: '',
    array: '0-9%3',
  });
  expect(array).toBe('0-9');
});

test.each([
  ['5', { from: 5, to: 5, step: 1 }],
  ['1-10', { from: 1, to: 10, step: 1 }],
  ['0-20:5', { from: 0, to: 20, step: 5 }],
  ['1,3,7-9', [1, 3, 7, 8, 9]],
  ['9-1', null],
  ['1-2-3', null],
  ['', null],
])('the array %j', (text, indices) => {
  expect(parseArray(text)).toEqual(indices);
});
