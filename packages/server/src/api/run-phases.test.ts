import type { AttemptOutcome, AttemptRow, DurableEvent } from '@juqueue/core';
import { expect, test } from 'vitest';
import { aRun } from '../../test/fake-manager.ts';
import { phasesOfRun } from './run-phases.ts';

const run = 'sweep@a';
const finished = aRun(run, { createdAtMs: 0, status: 'finished', reason: 'exit', attempt: 2 });
const outcome = {} as AttemptOutcome;

function attempt(number: number, placedAtMs: number, startedAtMs: number | null, endedAtMs: number | null): AttemptRow {
  return { run, attempt: number, node: `n${number}`, slots: [0], pid: 1, placedAtMs, startedAtMs, endedAtMs, outcome };
}

function at(atMs: number, event: DurableEvent) {
  return { seq: atMs, atMs, event };
}

const resumed = { kind: 'runs-resumed', runs: [run], by: 'api' } as const;
const moved = { kind: 'run-stop-requested', run, attempt: 1, cause: 'consolidation', graceMs: 1 } as const;

function told(...of: Parameters<typeof phasesOfRun>) {
  return phasesOfRun(...of).map(({ phase, fromMs, toMs, node, stopCause }) =>
    [phase, fromMs, toMs, node, stopCause].filter((value) => value !== null).join(' '),
  );
}

test('the phases of a run that was moved follow each other without gaps, each with its node and cause', () => {
  expect(told(finished, [attempt(1, 20, 25, 40), attempt(2, 45, 46, 90)], [at(10, resumed), at(35, moved)])).toEqual([
    'inactive 0 10',
    'waiting 10 20',
    'starting 20 25 n1',
    'running 25 35 n1',
    'stopping 35 40 n1 consolidation',
    'waiting 40 45',
    'starting 45 46 n2',
    'running 46 90 n2',
    'ended 90',
  ]);
});

test('a run that starts by itself waits from its definition on; between its failure and the resume of a user it has ended', () => {
  expect(told(finished, [attempt(1, 20, 25, 40), attempt(2, 60, 61, 90)], [at(50, resumed)])).toEqual([
    'waiting 0 20',
    'starting 20 25 n1',
    'running 25 40 n1',
    'ended 40 50',
    'waiting 50 60',
    'starting 60 61 n2',
    'running 61 90 n2',
    'ended 90',
  ]);
});

test('a stop that is withdrawn, a hold, a cancel', () => {
  const cancelled = aRun(run, { createdAtMs: 0, status: 'inactive', reason: 'user-cancelled' });
  const events = [
    at(30, moved),
    at(35, { kind: 'run-stop-withdrawn', run, attempt: 1 }),
    at(50, { kind: 'runs-held', runs: [run], by: 'api', reason: null }),
    at(60, { kind: 'runs-cancelled', runs: [run], by: 'api', reason: null }),
  ] as const;
  expect(told(cancelled, [attempt(1, 20, 25, 40)], events)).toEqual([
    'waiting 0 20',
    'starting 20 25 n1',
    'running 25 30 n1',
    'stopping 30 35 n1 consolidation',
    'running 35 40 n1',
    'waiting 40 50',
    'held 50 60',
    'inactive 60',
  ]);
});

test('a stop request that reaches an attempt which has ended by the clock of its node changes nothing', () => {
  expect(told(finished, [attempt(1, 20, 25, 40)], [at(45, moved)])).toEqual([
    'waiting 0 20',
    'starting 20 25 n1',
    'running 25 40 n1',
    'ended 40',
  ]);
});

test('a run that nobody has touched is what its status says', () => {
  expect(told(aRun(run, { createdAtMs: 0 }), [], [])).toEqual(['waiting 0']);
  expect(told(aRun(run, { createdAtMs: 0, status: 'inactive', reason: 'new' }), [], [])).toEqual(['inactive 0']);
});
