import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSelectorText } from './parse-selector-text.ts';
import { parseSelector } from './parse-selector.ts';
import { parseWhere } from './parse-where.ts';

const piece = fc.constantFrom(
  'state',
  'except',
  'node',
  'where',
  'failure',
  ':',
  ',',
  '@',
  '*',
  '?',
  '[',
  ']',
  '(',
  ')',
  '!',
  '<',
  '<=',
  '>',
  '=',
  '==',
  '!=',
  '&&',
  '||',
  '"',
  "'",
  '\\',
  ' ',
  '\n',
  '\0',
  '1e999',
  '-',
  '0x1',
  'lr',
  '__proto__',
  'constructor',
  'failed',
  'ü',
  '😀',
  '\ud800',
  '{',
  '%',
  '$',
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
);

it('whatever is typed, it is a selector or a problem with a place in it; nothing throws', () => {
  fc.assert(
    fc.property(anyText, anyText, (text, other) => {
      expect(parseSelectorText(text)).toHaveProperty('kind');
      expect(parseWhere(text)).toHaveProperty('kind');
      expect(
        parseSelector({ q: text, state: [other], where: [other], node: [text], experiment: [other] } as Parameters<
          typeof parseSelector
        >[0]),
      ).toHaveProperty('kind');
    }),
    { numRuns: 3_000 },
  );
});

it('a long text is read in a time that grows with its length, whatever it repeats', () => {
  for (const repeated of ['*', '?*', '"', '\\', '(', 'a=1&&', 'state:failed ', '!', '[', '<', ',']) {
    const text = repeated.repeat(20_000);
    const beganMs = performance.now();
    parseSelectorText(text);
    parseWhere(text);
    expect([repeated, performance.now() - beganMs]).toEqual([repeated, expect.toSatisfy((tookMs: number) => tookMs < 2_000)]);
  }
});
