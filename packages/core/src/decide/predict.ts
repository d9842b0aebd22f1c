import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { canResume } from './checkpoints.ts';
import { decideTimes } from './times.ts';

/** A time that is expected, in ms, and how it is known. */
export interface Prediction {
  readonly ms: number;
  readonly source: 'declared' | 'learned' | 'progress';
}

/**
 * How long would the next attempt of this run take, begun from what it saved? By its declared time, else by what runs like
 * it took; less what its progress or its newest attempt saved, plus the restart. Null when nothing is known.
 */
export function attemptTimeOf(snapshot: Snapshot, run: Run): Prediction | null {
  const wholeMs = snapshot.expectedRunMs(run);
  if (wholeMs === null) return null;
  const savedMs = canResume(run) ? savedMsOf(run, wholeMs) : 0;
  const leftMs = Math.max(0, wholeMs - savedMs) + (run.attempt > 0 && savedMs > 0 ? decideTimes.restartMs : 0);
  return { ms: leftMs, source: run.definition.timeMs === null ? 'learned' : 'declared' };
}

/**
 * How much longer will this executing run take? By its declared time, else by its own progress, else by what runs like it
 * took. Null when nothing is known, and when the known time is over: a run that is late has shown that the time was wrong.
 */
export function remainingOf(snapshot: Snapshot, run: Run, nowMs: number): Prediction | null {
  const startedAtMs = run.execution?.startedAtMs ?? null;
  const elapsedMs = startedAtMs === null ? 0 : nowMs - startedAtMs;
  const attempt = attemptTimeOf(snapshot, run);
  const byTime = attempt === null || attempt.ms <= elapsedMs ? null : { ms: attempt.ms - elapsedMs, source: attempt.source };
  if (byTime?.source === 'declared') return byTime;
  return remainingByProgress(snapshot, run, elapsedMs) ?? byTime;
}

/** What is left if the attempt goes on at the pace that its reported progress shows. */
function remainingByProgress(snapshot: Snapshot, run: Run, elapsedMs: number): Prediction | null {
  const observation = snapshot.observation(run.id);
  if (observation === undefined || observation.attempt !== run.attempt || observation.progress === null) return null;
  const begunAt = run.bestProgress ?? 0;
  const { progress } = observation;
  if (progress - begunAt < decideTimes.progressMin || elapsedMs < decideTimes.progressAfterMs) return null;
  return { ms: (elapsedMs * (1 - progress)) / (progress - begunAt), source: 'progress' };
}

function savedMsOf(run: Run, wholeMs: number): number {
  const { outcome } = run;
  const byCheckpointMs = outcome === null || outcome.checkpointAtMs === null || outcome.startedAtMs === null ? 0 : outcome.checkpointAtMs - outcome.startedAtMs;
  return Math.max(0, byCheckpointMs, (run.bestProgress ?? 0) * wholeMs);
}
