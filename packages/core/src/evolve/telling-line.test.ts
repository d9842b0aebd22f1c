import { describe, expect, test } from 'vitest';
import { tellingLine } from './telling-line.ts';

describe('the line that says what went wrong', () => {
  test.each([
    ['nothing', '\n  \n', null],
    [
      'the end of a traceback',
      'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    f()\nValueError: lr must be below 1\n',
      'ValueError: lr must be below 1',
    ],
    [
      'an error that a launcher talks about afterwards',
      'RuntimeError: CUDA out of memory\nsrun: error: n3: task 0: Exited with exit code 1\n',
      'RuntimeError: CUDA out of memory',
    ],
    [
      'the last error of several, with chatter behind it',
      'error: first\nerror: second\nwandb: run summary\nwandb: synced 5 files\n',
      'error: second',
    ],
    ['a shell that misses a program', 'train.sh: line 3: trian: command not found\n', 'train.sh: line 3: trian: command not found'],
    [
      'an option that a program does not know',
      "ls: unrecognized option '--lr'\nTry 'ls --help' for more information.\n",
      "ls: unrecognized option '--lr'",
    ],
    ['no error at all', 'epoch 1\nepoch 2\n', 'epoch 2'],
    ['colours and an overwritten progress bar', '\u001b[31mfatal: bad\u001b[0m\n 10%\r 20%\r\n', 'fatal: bad'],
  ])('%s', (_case, output, expected) => {
    expect(tellingLine(output)).toBe(expected);
  });

  test('is cut when it is long', () => {
    expect(tellingLine(`error: ${'x'.repeat(1_000)}`)).toHaveLength(301);
  });
});
