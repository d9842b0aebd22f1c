import type { LiveEvent } from '../session/live-frame.ts';

/** What happened to runs since it was last told; null: nothing worth a word. */
export interface RunEnds {
  readonly finished: number;
  readonly failed: number;
  readonly stopped: number;
}

export const noEnds: RunEnds = { finished: 0, failed: 0, stopped: 0 };

/** Counts the runs that ended among these events. */
export function withEnds(ends: RunEnds, events: readonly LiveEvent[]): RunEnds {
  const sentences = events.filter(({ kind }) => kind === 'run-ended').map(({ sentence }) => sentence);
  const finished = sentences.filter((sentence) => sentence.endsWith('ended: exit 0')).length;
  const stopped = sentences.filter((sentence) => sentence.includes('stopped (')).length;
  return {
    finished: ends.finished + finished,
    stopped: ends.stopped + stopped,
    failed: ends.failed + sentences.length - finished - stopped,
  };
}

/** `12 runs finished, 1 failed`; null when none ended. */
export function sayEnds({ finished, failed, stopped }: RunEnds): string | null {
  const parts = [
    [finished, 'finished'],
    [failed, 'failed'],
    [stopped, 'stopped'],
  ] as const;
  const told = parts
    .filter(([count]) => count > 0)
    .map(([count, word], index) => `${count}${index === 0 ? (count === 1 ? ' run' : ' runs') : ''} ${word}`);
  return told.length === 0 ? null : told.join(', ');
}
