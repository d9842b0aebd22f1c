import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { canResume } from './checkpoints.ts';
import { decideTimes } from './times.ts';

/** A time that is expected, in ms, and how it is known. */
export interface Prediction {
  readonly ms: number;
  /** Hardly longer than this: what a node must live for. Of a declared time the time itself. */
  readonly upperMs: number;
  readonly source: 'declared' | 'learned' | 'progress';
  /** The parameter by which a learned time was told apart from those of other runs. */
  readonly by: string | null;
}

/**
 * How long would the next attempt of this run take, begun from what it saved? By its declared time, else by what runs like
 * it took; less what its progress or its newest attempt saved, plus the restart. Null when nothing is known.
 */
export function attemptTimeOf(snapshot: Snapshot, run: Run): Prediction | null {
  const whole = wholeTimeOf(snapshot, run);
  if (whole === null) return null;
  const savedMs = canResume(run) ? savedMsOf(run, whole.ms) : 0;
  const restartMs = run.attempt > 0 && savedMs > 0 ? decideTimes.restartMs : 0;
  return { ...whole, ms: Math.max(0, whole.ms - savedMs) + restartMs, upperMs: Math.max(0, whole.upperMs - savedMs) + restartMs };
}

/** How long would an attempt from the beginning take? */
export function wholeTimeOf(snapshot: Snapshot, run: Run): Prediction | null {
  const { timeMs } = run.definition;
  if (timeMs !== null) return { ms: timeMs, upperMs: timeMs, source: 'declared', by: null };
  const learned = snapshot.learnedTimes(run);
  return learned === null ? null : { ms: learned.medianMs, upperMs: learned.upperMs, source: 'learned', by: learned.by };
}

/**
 * How much longer will this executing run take? By its declared time, else by its own progress, else by what runs like it
 * took. Null when nothing is known, and when the known time is over: a run that is late has shown that the time was wrong.
 */
export function remainingOf(snapshot: Snapshot, run: Run, nowMs: number): Prediction | null {
  const startedAtMs = run.execution?.startedAtMs ?? null;
  const elapsedMs = startedAtMs === null ? 0 : nowMs - startedAtMs;
  const attempt = attemptTimeOf(snapshot, run);
  const byTime =
    attempt === null || attempt.ms <= elapsedMs ? null : { ...attempt, ms: attempt.ms - elapsedMs, upperMs: attempt.upperMs - elapsedMs };
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
  const leftMs = (elapsedMs * (1 - progress)) / (progress - begunAt);
  return { ms: leftMs, upperMs: leftMs, source: 'progress', by: null };
}

function savedMsOf(run: Run, wholeMs: number): number {
  const { outcome } = run;
  const byCheckpointMs =
    outcome === null || outcome.checkpointAtMs === null || outcome.startedAtMs === null ? 0 : outcome.checkpointAtMs - outcome.startedAtMs;
  return Math.max(0, byCheckpointMs, (run.bestProgress ?? 0) * wholeMs);
}
