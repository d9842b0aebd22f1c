import type { Attempt } from '@juqueue/client';
import type { Shape } from '../parts/status.ts';

/** How an attempt ended, in words: `exit 1`, `stopped: walltime`, `out of memory`. */
export function endOf({ outcome, endedAtMs, startedAtMs }: Attempt): string {
  if (outcome === null) return endedAtMs === null ? (startedAtMs === null ? 'starting' : 'running') : 'lost';
  if (outcome.stopCause !== null) return `stopped: ${outcome.stopCause}`;
  switch (outcome.kind) {
    case 'exit':
      return `exit ${outcome.exitCode ?? '?'}`;
    case 'signal':
      return outcome.signal ?? 'signal';
    case 'out-of-memory':
      return 'out of memory';
    case 'never-started':
      return 'never started';
    case 'lost':
      return 'lost with its node';
  }
}

export type Tone = 'finished' | 'failed' | 'running' | 'ready';

export function toneOf({ outcome }: Attempt): Tone {
  if (outcome === null) return 'running';
  if (outcome.stopCause !== null || outcome.kind === 'lost') return 'ready';
  return outcome.kind === 'exit' && outcome.exitCode === 0 ? 'finished' : 'failed';
}

export const shapeOfTone: Readonly<Record<Tone, Shape>> = { finished: 'check', failed: 'cross', running: 'play', ready: 'again' };
