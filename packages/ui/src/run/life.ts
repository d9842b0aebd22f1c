import type { Attempt, RunPhase } from '@juqueue/client';
import { endOf, toneOf } from './attempts.ts';
import type { Tone } from './attempts.ts';

/** A stretch in the life of a run as it is drawn. `tone`: how the attempt that executed then ended; null where none did. */
export interface Stretch {
  readonly kind: 'unwanted' | 'waiting' | 'starting' | 'executing' | 'stopping';
  readonly attempt: number | null;
  readonly tone: Tone | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly label: string;
}

/** What the run did from its definition on. What goes on ends now; what nobody waits for, at either end, is left out. */
export function lifeOf(phases: readonly RunPhase[], attempts: readonly Attempt[], nowMs: number): readonly Stretch[] {
  const byNumber = new Map(attempts.map((attempt) => [attempt.attempt, attempt]));
  const stretches = phases.map((phase): Stretch => {
    const attempt = phase.attempt === null ? undefined : byNumber.get(phase.attempt);
    return {
      kind: kindOf(phase),
      attempt: phase.attempt,
      tone: attempt === undefined ? null : toneOf(attempt),
      fromMs: phase.fromMs,
      toMs: phase.toMs ?? nowMs,
      label: labelOf(phase, attempt),
    };
  });
  const first = stretches.findIndex(({ kind }) => kind !== 'unwanted');
  const last = stretches.findLastIndex(({ kind }) => kind !== 'unwanted');
  return first === -1 ? [] : stretches.slice(first, last + 1);
}

/** How long each stretch is drawn: a time in which nobody wanted the run, however long, takes a seventh of the rest at most. */
export function drawnLengths(stretches: readonly Stretch[]): readonly number[] {
  const rest = stretches.reduce((sum, { kind, fromMs, toMs }) => sum + (kind === 'unwanted' ? 0 : toMs - fromMs), 0);
  return stretches.map(({ kind, fromMs, toMs }) => (kind === 'unwanted' ? Math.min(toMs - fromMs, rest / 7) : toMs - fromMs));
}

function kindOf({ phase }: RunPhase): Stretch['kind'] {
  switch (phase) {
    case 'inactive':
    case 'ended':
      return 'unwanted';
    case 'waiting':
    case 'held':
      return 'waiting';
    case 'running':
      return 'executing';
    case 'starting':
    case 'stopping':
      return phase;
  }
}

function labelOf({ phase, toMs, stopCause }: RunPhase, attempt: Attempt | undefined): string {
  switch (phase) {
    case 'inactive':
    case 'ended':
      return 'not wanted';
    case 'waiting':
      return toMs === null ? 'waits' : 'waited';
    case 'held':
      return 'held';
    case 'starting':
      return 'start';
    case 'running':
      return attempt === undefined ? 'ran' : endOf(attempt);
    case 'stopping':
      return `stop: ${stopCause ?? 'asked'}`;
  }
}
