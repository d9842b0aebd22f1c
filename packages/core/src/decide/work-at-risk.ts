import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { canResume } from './checkpoints.ts';
import { newestSaveMs } from './movable.ts';

const msPerHour = 3_600_000;

/**
 * How many node-hours of work are done again when this executing run is stopped now? Its share of its node, times the work
 * since it last saved itself; all of its work when it cannot resume. A run that saves itself on request loses nothing.
 */
export function nodeHoursAtRisk(snapshot: Snapshot, run: Run, nowMs: number): number {
  const { execution } = run;
  if (execution === null || execution.startedAtMs === null) return 0;
  const allocation = snapshot.allocation(execution.node);
  const slotsPerNode = allocation?.slots ?? run.definition.resources.slots;
  return (workAtRiskMs(snapshot, run, execution.startedAtMs, nowMs) * run.definition.resources.slots) / slotsPerNode / msPerHour;
}

function workAtRiskMs(snapshot: Snapshot, run: Run, startedAtMs: number, nowMs: number): number {
  const ageMs = Math.max(0, nowMs - startedAtMs);
  const { checkpoint } = run.definition;
  if (checkpoint.kind === 'signal') return 0;
  if (checkpoint.kind === 'none') return ageMs;
  const savedAtMs = newestSaveMs(snapshot, run);
  if (savedAtMs !== null && canResume(run)) return Math.max(0, nowMs - Math.max(savedAtMs, startedAtMs));
  return checkpoint.kind === 'every' ? Math.min(ageMs, checkpoint.everyMs) : ageMs;
}
