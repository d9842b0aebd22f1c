import { expect, test } from 'vitest';
import { commandLine, jobNote, markOf, resourceText } from './job-status.ts';

const job = { reason: null, result: null, waitsFor: null, cancelRequested: null } as const;

test('a waiting job says why no agent has it', () => {
  expect(jobNote({ ...job, status: 'queued', waitsFor: 'no-agent' })).toBe('no agent can execute it');
  expect(jobNote({ ...job, status: 'queued' })).toBeNull();
});

test('a job that is to end says so until it has ended', () => {
  const cancelRequested = { by: 'ada', reason: 'user-cancelled', atMs: 1 } as const;
  expect(jobNote({ ...job, status: 'running', cancelRequested })).toBe('is asked to end');
  expect(jobNote({ ...job, status: 'cancelled', reason: 'user-cancelled', cancelRequested })).toBe('user-cancelled');
});

test('dead jobs look like failed ones', () =>
  expect([markOf('dead'), markOf('claimed'), markOf('created')]).toEqual(['failed', 'ready', 'inactive']));

test('a command is said in one line', () => {
  expect(commandLine({ kind: 'argv', argv: ['python3', 'a.py'] })).toBe('python3 a.py');
  expect(commandLine(null)).toBe('what its profile says');
});

test('memory is said in units', () => expect(resourceText({ slots: 4, mem: 2 ** 34 })).toBe('slots 4, mem 16 GiB'));
