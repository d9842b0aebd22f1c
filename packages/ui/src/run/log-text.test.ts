import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOf, segmentsOf, withoutProgress } from './log-text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the lines of a window', () => {
  test('have the bytes at which they begin as addresses', () => {
    expect(linesOf(bytes('one\ntwö\nthree'), 100, true)).toEqual([
      { offset: 100, text: 'one' },
      { offset: 104, text: 'twö' },
      { offset: 109, text: 'three' },
    ]);
  });

  test('begin with the first whole one', () => {
    expect(linesOf(bytes('lf a line\nnext\n'), 50, false)).toEqual([{ offset: 60, text: 'next' }]);
    expect(linesOf(bytes('the middle of a very long line'), 50, false)).toEqual([]);
  });

  test('are the same however a log is cut into windows', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.nat(200), (texts, cut) => {
        const whole = bytes(texts.map((text) => text.replaceAll(/[\r\n]/g, '')).join('\n'));
        const all = linesOf(whole, 0, true);
        const later = linesOf(whole.subarray(cut), cut, cut === 0);
        expect(all.slice(all.length - later.length)).toEqual(later);
      }),
    );
  });
});

test('a progress bar shows its last picture', () => {
  expect(withoutProgress('  0%\r 50%\r100%')).toBe('100%');
  expect(withoutProgress('100%\r')).toBe('100%');
  expect(withoutProgress('')).toBe('');
});

describe('the pieces of a line', () => {
  const styles = (line: string, match = ''): readonly unknown[] =>
    segmentsOf(line, match).map(({ text, colour, isBold, isMatch }) => [text, colour, isBold, isMatch]);

  test('carry the colours of the program', () => {
    expect(styles('\u001b[1;31mError\u001b[0m: no')).toEqual([
      ['Error', 'red', true, false],
      [': no', null, false, false],
    ]);
  });

  test('hold nothing that is no text: links, titles, movements of the cursor', () => {
    expect(styles('\u001b]8;;javascript:alert(1)\u0007here\u001b]8;;\u0007 \u001b[2Kdone\u0008')).toEqual([
      ['here done', null, false, false],
    ]);
    expect(styles('<img src=x onerror=alert(1)>')).toEqual([['<img src=x onerror=alert(1)>', null, false, false]]);
  });

  test('set what was searched apart, upper or lower case', () => {
    expect(styles('an Error, an ERROR', 'error')).toEqual([
      ['an ', null, false, false],
      ['Error', null, false, true],
      [', an ', null, false, false],
      ['ERROR', null, false, true],
    ]);
  });

  test('lose no text of a line without controls', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii', maxLength: 3 }), (line, match) => {
        expect(
          segmentsOf(line, match)
            .map(({ text }) => text)
            .join(''),
        ).toBe(line);
      }),
    );
  });
});

test('a raw line shows what a terminal hides', () => {
  const bytes = new TextEncoder().encode('10%\r20%\u001b[32m done\n');
  expect(linesOf(bytes, 0, true, true)).toEqual([{ offset: 0, text: '10%␍20%␛[32m done' }]);
});
