import { describe, expect, it } from 'vitest';
import { compareCodePoints, parameterNumber } from './parameter-order.ts';

describe('the order of texts', () => {
  it('is that of code points, in which emoji come after every character of two bytes', () => {
    expect(compareCodePoints('\u{ffff}', '\u{1f600}')).toBeLessThan(0);
    expect(compareCodePoints('\u{1f600}', '\u{1f601}')).toBeLessThan(0);
    expect(compareCodePoints('a', 'ab')).toBeLessThan(0);
    expect(compareCodePoints('ab', 'ab')).toBe(0);
  });
});

describe('a parameter as a number', () => {
  it.each([
    [1, 1],
    ['1e-3', 0.001],
    ['-.5', -0.5],
    ['+2.', 2],
    ['1e999', null],
    ['0x10', null],
    [' 1', null],
    ['', null],
    [true, null],
  ])('%j is %j', (value, number) => expect(parameterNumber(value)).toBe(number));
});
