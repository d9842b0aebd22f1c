import type { Attempt, AttemptOutcome, RunPhase } from '@juqueue/client';
import { expect, test } from 'vitest';
import { drawnLengths, lifeOf } from './life.ts';

const phase = (name: RunPhase['phase'], fromMs: number, toMs: number | null, attempt: number | null = null): RunPhase => ({
  phase: name,
  fromMs,
  toMs,
  attempt,
  node: null,
  cluster: null,
  host: null,
  stopCause: null,
});
const attempt = (number: number, outcome: Partial<AttemptOutcome> | null): Attempt =>
  ({
    attempt: number,
    placedAtMs: 0,
    startedAtMs: 0,
    endedAtMs: outcome === null ? null : 1,
    outcome: outcome === null ? null : { kind: 'exit', exitCode: 0, stopCause: null, ...outcome },
  }) as Attempt;

test('a run waits, executes, is moved, waits again and finishes; before it was wanted and after its end nothing is drawn', () => {
  const phases = [
    phase('inactive', 0, 50),
    phase('waiting', 50, 100),
    phase('starting', 100, 110, 1),
    phase('running', 110, 290, 1),
    { ...phase('stopping', 290, 300, 1), stopCause: 'consolidation' as const },
    phase('waiting', 300, 350),
    phase('starting', 350, 360, 2),
    phase('running', 360, 900, 2),
    phase('ended', 900, null),
  ];
  const life = lifeOf(phases, [attempt(1, { exitCode: 85, stopCause: 'consolidation' }), attempt(2, {})], 2_000);
  expect(life.map(({ kind, tone, fromMs, toMs, label }) => [kind, tone, fromMs, toMs, label])).toEqual([
    ['waiting', null, 50, 100, 'waited'],
    ['starting', 'ready', 100, 110, 'start'],
    ['executing', 'ready', 110, 290, 'stopped: consolidation'],
    ['stopping', 'ready', 290, 300, 'stop: consolidation'],
    ['waiting', null, 300, 350, 'waited'],
    ['starting', 'finished', 350, 360, 'start'],
    ['executing', 'finished', 360, 900, 'exit 0'],
  ]);
});

test('what goes on ends now, and a time in which nobody wanted the run stays between two others', () => {
  expect(lifeOf([phase('waiting', 0, null)], [], 50)).toMatchObject([{ kind: 'waiting', toMs: 50, label: 'waits' }]);
  const life = lifeOf(
    [phase('running', 0, 9, 1), phase('ended', 9, 20), phase('running', 20, null, 2)],
    [attempt(1, { exitCode: 1 }), attempt(2, null)],
    50,
  );
  expect(life.map(({ kind, tone, toMs }) => [kind, tone, toMs])).toEqual([
    ['executing', 'failed', 9],
    ['unwanted', null, 20],
    ['executing', 'running', 50],
  ]);
});

test('a month in which nobody wanted the run leaves room for what it did', () => {
  const life = lifeOf(
    [phase('running', 0, 70, 1), phase('ended', 70, 1_000_000), phase('waiting', 1_000_000, null)],
    [attempt(1, {})],
    1_000_070,
  );
  expect(drawnLengths(life)).toEqual([70, 20, 70]);
});

test('a run that nobody wanted has no life', () => {
  expect(lifeOf([phase('inactive', 0, null)], [], 50)).toEqual([]);
});
