import { describe, expect, test } from 'vitest';
import { failureSignature } from './failure-signature.ts';

const failed = (detail: string | null, reason: 'exit' | 'signal' | 'time-limit' | 'no-progress' = 'exit') =>
  failureSignature({ status: 'failed', reason, detail });

describe('a failure signature', () => {
  test('belongs to failed runs only', () => {
    expect(failureSignature({ status: 'ready', reason: 'retry-delay', detail: 'exited with code 1' })).toBeNull();
  });

  test.each([
    ['exited with code 1: ValueError: lr 0.3 is not below 1e-3', 'exited with code 1: ValueError: lr <n> is not below <n>'],
    [
      "exited with code 2: FileNotFoundError: [Errno 2] No such file or directory: '/p/a1/sweep/lr0.1/data_17.csv'",
      "exited with code 2: FileNotFoundError: [Errno <n>] No such file or directory: '…/data_<n>.csv'",
    ],
    [
      'exited with code 1: ./train.sh: line 3: trian: command not found',
      'exited with code 1: ./train.sh: line <n>: trian: command not found',
    ],
    [
      'exited with code 1: 2026-01-02T10:11:12.5Z worker 7 on n17: object at 0x7f2e1c failed',
      'exited with code 1: <time> worker <n> on n<n>: object at <address> failed',
    ],
    [
      'exited with code 1: run 123e4567-e89b-12d3-a456-426614174000 (commit 1f2e3d4c5b6a7988) failed',
      'exited with code 1: run <id> (commit <id>) failed',
    ],
    ['exited with code 1: Traceback\n  File "a.py"\nKeyError: 5', 'exited with code 1: KeyError: <n>'],
    ['exited with code 137', 'exited with code 137'],
    ['killed by signal 11 (SIGSEGV)', 'killed by signal 11 (SIGSEGV)'],
    ['./train was not found in PATH (/usr/bin:/bin)', './train was not found in PATH (…/bin:/bin)'],
  ])('of %j is %j', (detail, text) => {
    expect(failed(detail)?.text).toBe(text);
  });

  test('of a run at its limit is the limit, whatever signal ended it', () => {
    expect(failed('killed by signal 15 (SIGTERM)', 'time-limit')?.text).toBe('stopped at its time limit');
    expect(failed('it needs more than 23 h 58 min and cannot resume', 'no-progress')?.text).toBe(
      'it needs more than <n> h <n> min and cannot resume',
    );
  });

  test('has an id that follows from its text', () => {
    expect(failed('exited with code 1: bad lr 0.1')?.id).toBe(failed('exited with code 1: bad lr 0.25')?.id);
    expect(failed('exited with code 1: bad lr 0.1')?.id).not.toBe(failed('exited with code 2: bad lr 0.1')?.id);
    expect(failed('exited with code 1')?.id).toMatch(/^[0-9a-f]{12}$/);
  });

  test('is short', () => {
    expect(failed(`exited with code 1: error ${'ab '.repeat(500)}`)?.text.length).toBeLessThanOrEqual(201);
  });
});
