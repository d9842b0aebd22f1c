import type { Attempt, RunDetail } from '@juqueue/client';
import { endOf, toneOf } from './attempts.ts';
import type { Tone } from './attempts.ts';

/** A stretch in the life of a run. `waiting`: it had no node; `starting`: its node had not started it yet. */
export interface Stretch {
  readonly kind: 'waiting' | 'starting' | 'executing';
  readonly attempt: number | null;
  /** How an executing stretch ended; null for the others. */
  readonly tone: Tone | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly label: string;
}

/** What the run did from its creation to its end, or to now while it goes on; stretches follow each other without gaps. */
export function lifeOf({ createdAtMs, changedAtMs, status }: Pick<RunDetail, 'createdAtMs' | 'changedAtMs' | 'status'>, attempts: readonly Attempt[], nowMs: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let atMs = createdAtMs;
  const add = (stretch: Omit<Stretch, 'fromMs'>): void => {
    if (stretch.toMs > atMs) stretches.push({ ...stretch, fromMs: atMs });
    atMs = Math.max(atMs, stretch.toMs);
  };
  for (const attempt of attempts) {
    const { attempt: number, placedAtMs, startedAtMs, endedAtMs } = attempt;
    add({ kind: 'waiting', attempt: null, tone: null, toMs: placedAtMs, label: 'waited' });
    add({ kind: 'starting', attempt: number, tone: null, toMs: startedAtMs ?? endedAtMs ?? nowMs, label: 'start' });
    if (startedAtMs !== null) add({ kind: 'executing', attempt: number, tone: toneOf(attempt), toMs: endedAtMs ?? nowMs, label: endOf(attempt) });
  }
  const isOver = status === 'finished' || status === 'failed' || status === 'inactive';
  if (status !== 'running') add({ kind: 'waiting', attempt: null, tone: null, toMs: isOver ? (attempts.length > 0 ? atMs : changedAtMs) : nowMs, label: 'waits' });
  return stretches;
}
