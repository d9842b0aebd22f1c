import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';

test('a shell reads each word exactly as it is, whatever characters it holds', () => {
  const text = fc.string({ unit: 'binary' }).filter((each) => !each.includes('\0') && each.isWellFormed());
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => {
      const printed = execFileSync('/bin/bash', ['-c', `printf '%s\\0' ${texts.map(shellWord).join(' ')}`], { encoding: 'utf8' });
      expect(printed.split('\0').slice(0, -1)).toEqual(texts);
    }),
    { numRuns: 30 },
  );
});
