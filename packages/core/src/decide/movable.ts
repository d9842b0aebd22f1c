import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { formatDuration } from '../model/duration.ts';
import { canResume } from './checkpoints.ts';
import { decideTimes } from './times.ts';

export const protectionCodes = ['NOT_EXECUTING', 'STOPPING', 'NOT_RESUMABLE', 'REFUSED_TO_SAVE', 'MOVED_OFTEN', 'COOLING_DOWN'] as const;
export type ProtectionCode = (typeof protectionCodes)[number];

/**
 * Whether a run may be stopped to be started elsewhere. `lossMs`: what it would do again, with its restart; `savesAtMs`:
 * when it saves itself next and the loss falls, when known; `untilMs`: when the answer changes by itself.
 */
export type Movability =
  | { readonly kind: 'movable'; readonly lossMs: number; readonly savesAtMs: number | null; readonly startsFromZero: boolean }
  | { readonly kind: 'protected'; readonly code: ProtectionCode; readonly sentence: string; readonly untilMs: number | null };

/**
 * May this run be moved now, and what would be redone? A run that declared nothing and showed nothing is moved only while
 * it is so young that starting again costs little; after each move a run is left alone for a time that grows with what
 * the move cost.
 */
export function movabilityOf(snapshot: Snapshot, run: Run, nowMs: number): Movability {
  const startedAtMs = run.execution?.startedAtMs ?? null;
  if (startedAtMs === null) return protectedBy('NOT_EXECUTING', `${run.id} has not begun yet`);
  if (run.execution?.stop != null) return protectedBy('STOPPING', `${run.id} is stopping already (${run.execution.stop.cause})`);
  if (run.next !== null) return protectedBy('STOPPING', `${run.id} has a new definition, and this attempt is its last of the old one`);
  if (run.hasRefusedToSave) return protectedBy('REFUSED_TO_SAVE', `${run.id} did not save itself when it was asked to`);
  if (run.movesByConsolidation >= decideTimes.movesPerRunMax)
    return protectedBy('MOVED_OFTEN', `${run.id} was moved ${run.movesByConsolidation} times already`);
  const lossMs = lossOf(snapshot, run, startedAtMs, nowMs);
  if (lossMs === null)
    return protectedBy(
      'NOT_RESUMABLE',
      `${run.id} neither declared nor showed a checkpoint and runs for ${formatDuration(nowMs - startedAtMs)}`,
    );
  if (run.lastMovedAtMs !== null) {
    const calmAtMs = run.lastMovedAtMs + Math.max(decideTimes.cooldownMs, decideTimes.cooldownLosses * costOfNewestStop(run));
    if (nowMs < calmAtMs)
      return protectedBy('COOLING_DOWN', `${run.id} was moved ${formatDuration(nowMs - run.lastMovedAtMs)} ago`, calmAtMs);
  }
  return {
    kind: 'movable',
    lossMs,
    savesAtMs: nextSaveMs(snapshot, run, startedAtMs),
    startsFromZero: !canResume(run) && newestSaveMs(snapshot, run) === null,
  };
}

/**
 * What a stop of this executing run would cost it, in ms: the work since it last saved itself, and the restart. Null when
 * it would lose everything and that is much.
 */
function lossOf(snapshot: Snapshot, run: Run, startedAtMs: number, nowMs: number): number | null {
  const ageMs = nowMs - startedAtMs;
  const { checkpoint } = run.definition;
  if (checkpoint.kind === 'none') return null;
  if (checkpoint.kind === 'signal') return decideTimes.restartMs;
  const savedAtMs = newestSaveMs(snapshot, run);
  if (savedAtMs !== null) return Math.max(0, nowMs - Math.max(savedAtMs, startedAtMs)) + decideTimes.restartMs;
  if (checkpoint.kind === 'every') return Math.min(ageMs, checkpoint.everyMs) + decideTimes.restartMs;
  if (ageMs <= decideTimes.youngMs || canResume(run)) return ageMs + decideTimes.restartMs;
  return null;
}

function nextSaveMs(snapshot: Snapshot, run: Run, startedAtMs: number): number | null {
  const { checkpoint } = run.definition;
  return checkpoint.kind === 'every' ? (newestSaveMs(snapshot, run) ?? startedAtMs) + checkpoint.everyMs : null;
}

/** What the stop that ended the attempt before cost, in ms: the work after its last checkpoint, and the restart. */
function costOfNewestStop({ outcome }: Run): number {
  if (outcome === null) return 0;
  const savedAtMs = outcome.checkpointAtMs ?? outcome.startedAtMs ?? outcome.endedAtMs;
  return outcome.endedAtMs - savedAtMs + decideTimes.restartMs;
}

/** When the present attempt last saved itself, as far as its node saw. */
export function newestSaveMs(snapshot: Snapshot, run: Run): number | null {
  const seen = snapshot.observation(run.id);
  if (seen === undefined || seen.attempt !== run.attempt) return null;
  if (seen.checkpointAtMs === null || seen.fileChangedAtMs === null) return seen.checkpointAtMs ?? seen.fileChangedAtMs;
  return Math.max(seen.checkpointAtMs, seen.fileChangedAtMs);
}

function protectedBy(code: ProtectionCode, sentence: string, untilMs: number | null = null): Movability {
  return { kind: 'protected', code, sentence, untilMs };
}
