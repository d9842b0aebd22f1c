import type { Attempt, AttemptOutcome } from '@juqueue/client';
import { expect, test } from 'vitest';
import { lifeOf } from './life.ts';

const attempt = (number: number, [placedAtMs, startedAtMs, endedAtMs]: readonly [number, number | null, number | null], outcome: Partial<AttemptOutcome> | null): Attempt =>
  ({ attempt: number, placedAtMs, startedAtMs, endedAtMs, outcome: outcome === null ? null : { kind: 'exit', exitCode: 0, stopCause: null, ...outcome } }) as Attempt;

test('a run waits, is started, is moved, waits again and finishes, without a gap', () => {
  const attempts = [attempt(1, [100, 110, 300], { exitCode: 85, stopCause: 'consolidation' }), attempt(2, [350, 360, 900], {})];
  const life = lifeOf({ createdAtMs: 0, changedAtMs: 900, status: 'finished' }, attempts, 2_000);
  expect(life.map(({ kind, tone, fromMs, toMs, label }) => [kind, tone, fromMs, toMs, label])).toEqual([
    ['waiting', null, 0, 100, 'waited'],
    ['starting', null, 100, 110, 'start'],
    ['executing', 'ready', 110, 300, 'stopped: consolidation'],
    ['waiting', null, 300, 350, 'waited'],
    ['starting', null, 350, 360, 'start'],
    ['executing', 'finished', 360, 900, 'exit 0'],
  ]);
});

test('what goes on ends now', () => {
  expect(lifeOf({ createdAtMs: 0, changedAtMs: 0, status: 'ready' }, [], 50)).toMatchObject([{ kind: 'waiting', toMs: 50, label: 'waits' }]);
  expect(lifeOf({ createdAtMs: 0, changedAtMs: 9, status: 'running' }, [attempt(1, [8, 9, null], null)], 50).at(-1)).toMatchObject({ kind: 'executing', tone: 'running', toMs: 50 });
});

test('a run that nobody wanted, or whose attempt never started, has no stretch of executing', () => {
  expect(lifeOf({ createdAtMs: 5, changedAtMs: 5, status: 'inactive' }, [], 50)).toEqual([]);
  expect(lifeOf({ createdAtMs: 0, changedAtMs: 20, status: 'failed' }, [attempt(1, [10, null, 20], { kind: 'never-started' })], 50).map(({ kind }) => kind)).toEqual(['waiting', 'starting']);
});
