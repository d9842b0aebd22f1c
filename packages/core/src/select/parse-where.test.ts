import { describe, expect, it } from 'vitest';
import { parseWhere } from './parse-where.ts';

function conditions(text: string): unknown {
  const result = parseWhere(text);
  return result.kind === 'conditions'
    ? result.conditions.map(({ parameter, operator, value }) => [parameter, operator, value])
    : result.failure;
}

describe('--where', () => {
  it('reads comparisons joined by &&, with or without spaces', () => {
    expect(conditions('lr < 1e-3&&seed>=2 && layers!=4')).toEqual([
      ['lr', '<', 0.001],
      ['seed', '>=', 2],
      ['layers', '!=', 4],
    ]);
  });

  it('takes == for =', () => {
    expect(conditions('seed==2')).toEqual([['seed', '=', 2]]);
  });

  it('takes unquoted numbers, true and false as such, and what is quoted as text', () => {
    expect(conditions(`a=-.5 && b=true && c="true" && d='2' && e=adam`)).toEqual([
      ['a', '=', -0.5],
      ['b', '=', true],
      ['c', '=', 'true'],
      ['d', '=', '2'],
      ['e', '=', 'adam'],
    ]);
  });

  it('reads quoted names and escaped quotes', () => {
    expect(conditions(String.raw`"learning rate" = "a \"b\" \\ c"`)).toEqual([['learning rate', '=', String.raw`a "b" \ c`]]);
  });

  it('says where a quote is not closed', () => {
    expect(conditions('a="b')).toEqual({ position: 2, expected: 'a closing "', found: '"b', didYouMean: null });
  });

  it('is not content with nothing', () => {
    expect(conditions(' ')).toEqual({ position: 1, expected: 'the name of a parameter', found: '', didYouMean: null });
  });
});
