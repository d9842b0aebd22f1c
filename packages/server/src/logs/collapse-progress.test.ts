import { expect, test } from 'vitest';
import { collapseProgress } from './collapse-progress.ts';

const collapse = (text: string, isMidLine = false): string => Buffer.from(collapseProgress(Buffer.from(text), isMidLine)).toString();

test.each([
  ['of a bar only the last picture is left', 'a\n 1%|\r 50%|\r100%|\nb\n', 'a\n100%|\nb\n'],
  ['a bar that begins with its carriage return, as tqdm writes it', '\r  0%\r 50%\r100%\n', '100%\n'],
  ['ANSI sequences and UTF-8 stay', '\u001b[31mé 1\r\u001b[32mü 2\u001b[0m\n', '\u001b[32mü 2\u001b[0m\n'],
  ['ends of lines of Windows stay', 'one\r\ntwo\r\n', 'one\r\ntwo\r\n'],
  ['text without a bar stays as it is', 'one\n\ntwo', 'one\n\ntwo'],
  ['a bar that goes on may still be overwritten', 'x\n10%\r20%\r', 'x\n20%\r'],
])('%s', (_title, text, shown) => {
  expect(collapse(text)).toBe(shown);
});

test('what continues a bar of the window before overwrites it', () => {
  expect(collapse('30%\r40%\ndone\n', true)).toBe('\r40%\ndone\n');
  expect(collapse('rest of a line\n', true)).toBe('rest of a line\n');
});

test('ten thousand pictures become one line, soon', () => {
  const pictures = Array.from({ length: 10_000 }, (_, i) => `epoch 7: ${i / 100}%|${'█'.repeat(30)}|`).join('\r');
  const beganMs = performance.now();
  expect(Buffer.byteLength(collapse(`${pictures}\n`))).toBeLessThan(200);
  expect(performance.now() - beganMs).toBeLessThan(1_000);
});
