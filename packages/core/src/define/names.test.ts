import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nameObjection } from './names.ts';

it.each(['a', 'lr0.1_s3', 'A+B=c,d-e', '1', 'x'.repeat(200), 'logs2'])('%s is a name', (name) => expect(nameObjection(name)).toBeNull());

it.each([
  ['', 'is empty'],
  ['a b', 'holds " "'],
  ['a/b', 'holds "/"'],
  ['a@b', 'holds "@"'],
  ['ü', 'holds "ü"'],
  ['😀', 'holds "😀"'],
  ['..', "starts with '.'"],
  ['-rf', "starts with '-'"],
  ['LOGS', 'is kept for the folder of logs'],
  ['x'.repeat(201), 'is 201 characters long'],
])('%j is no name: it %s', (name, objection) => expect(nameObjection(name)).toBe(objection));

it('a name is one component of a path that no shell, glob or option parser reads as anything else', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (nameObjection(text) === null) expect(text).toMatch(/^[A-Za-z0-9_+=,][A-Za-z0-9._\-+=,]{0,199}$/);
    }),
  );
});
