import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VisibleBytes, visibleText } from './visible-text.ts';

test.each([
  ['the clipboard', 'a\u001b]52;c;cm0gLXJm\u0007b', 'ab'],
  ['the title', 'a\u001b]0;root@login\u001b\\b', 'ab'],
  ['a link that leads elsewhere', '\u001b]8;;http://evil.example\u0007docs\u001b]8;;\u0007', 'docs'],
  ['a question that the terminal answers as if we typed', 'a\u001b[6nb\u001b[cc\u001bPq\u001b\\d', 'abcd'],
  ['the cursor', 'failed\u001b[2K\u001b[1Gfinished', 'failedfinished'],
  ['a line that is written over', 'failed\rfinished', 'failedfinished'],
  ['sequences of eight bits', 'a\u009b2Jb\u009d0;x\u009cc', 'a2Jb0;xc'],
  ['one that never ends', 'a\u001b]0;for ever', 'a'],
  ['a cut one', 'a\u001b', 'a'],
])('%s is not for a run to set', (_what, hostile, shown) => {
  expect(visibleText(hostile)).toBe(shown);
});

test('colours, tabs, line breaks and every script stay', () => {
  const text = '\u001b[31mrot\u001b[0m\t\u001b[38;5;208mλ = 1e-3\u001b[m\n日本語 😀\n';
  expect(visibleText(text)).toBe(text);
});

test('whatever comes, in whatever pieces, nothing that a terminal obeys is left but colours', () => {
  const hostile = fc.string({
    unit: fc.constantFrom('\u001b', '[', ']', '5', '2', ';', 'm', 'J', 'H', '\u0007', '\\', '\u009b', '\u009c', 'P', 'a', '\r', '\n', 'ü'),
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 5 }), (pieces) => {
      const reader = new VisibleBytes();
      const shown = pieces.map((piece) => reader.take(new TextEncoder().encode(piece))).join('');
      expect(shown.replace(/\u001b\[[0-9;:]*m/g, '')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 2_000 },
  );
});
