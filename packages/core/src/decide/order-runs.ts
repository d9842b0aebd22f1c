import type { ResourceVector } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { Shape, Snapshot } from '../model/snapshot.ts';
import type { ImageName } from '../model/pulled-image.ts';
import { pulledImage } from '../model/pulled-image.ts';
import { compareIds } from '../model/ids.ts';
import { canResume } from './checkpoints.ts';

/**
 * Which ready run goes first? One that we moved, for its slot is kept free; then higher priority, older experiment, longer expected time (unknown before known: it may be
 * the longest), then id. Total and stable: no two runs compare equal, and the order of the input plays no part. Longest
 * first keeps the tail short, because what starts last should end soonest. `expectedMs` answers what is known beyond
 * declared times.
 */
export function compareReadyRuns(a: Run, b: Run, expectedMs: ExpectedMs = declaredRemainingMs): number {
  return (
    Number(wasMoved(b)) - Number(wasMoved(a)) ||
    b.definition.priority - a.definition.priority ||
    a.experimentOrder - b.experimentOrder ||
    compareLongestFirst(expectedMs(a), expectedMs(b)) ||
    compareIds(a.id, b.id)
  );
}

/** How long a run that waits would take, in ms; null when nobody knows. */
export type ExpectedMs = (run: Run) => number | null;

/** By its declared time, else by what finished runs like it took. */
export function expectedTimes(snapshot: Pick<Snapshot, 'learnedTimes'>): ExpectedMs {
  return (run) => declaredRemainingMs(run) ?? snapshot.learnedTimes(run)?.medianMs ?? null;
}

/** Did we stop it to start it elsewhere, and does it wait for that? */
export function wasMoved(run: Run): boolean {
  return run.status === 'ready' && run.reason === 'consolidation';
}

/** The declared time that is left by the run's own progress, in ms; null when no time is declared. */
export function declaredRemainingMs(run: Run): number | null {
  const { timeMs } = run.definition;
  return timeMs === null ? null : timeMs * (1 - (run.bestProgress ?? 0));
}

/** The shape of a run: everything by which the packer tells runs apart, besides their order. */
export function shapeOf(run: Run): Shape {
  const { resources, clusters, priority, executor } = run.definition;
  return { key: shapeKey(run), resources, clusters, priority, image: pulledImage(executor) };
}

/**
 * Runs with equal keys fit the same nodes: same image, priority, clusters, resources, wish for devices, ability to resume, and declared time
 * within a factor of two. So one run that finds no node speaks for all behind it.
 */
export function shapeKey(run: Run): string {
  const { resources, clusters, priority, executor } = run.definition;
  return `p${priority} ${clusters.join(',')} ${resourceText(resources)}${executor.cuda ? ' devices' : ''}${canResume(run) ? ' resumes' : ''}${wasMoved(run) ? ' moved' : ''}${timeClass(declaredRemainingMs(run))}${imageText(pulledImage(executor))}`;
}

function imageText(image: ImageName | null): string {
  return image === null ? '' : ` ${image}`;
}

/** `slots=1 gpus=2`: dimensions by name, slots first. */
export function resourceText(resources: ResourceVector): string {
  const others = Object.keys(resources).filter((dimension) => dimension !== 'slots' && resources[dimension] !== 0);
  return [`slots=${resources.slots}`, ...others.sort().map((dimension) => `${dimension}=${resources[dimension]}`)].join(' ');
}

function timeClass(remainingMs: number | null): string {
  return remainingMs === null ? '' : ` time=2^${Math.floor(Math.log2(Math.max(1, remainingMs)))}ms`;
}

function compareLongestFirst(a: number | null, b: number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return b - a;
}
