import type { ClusterDefinition, ResourceVector, RunDefinition } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import { canResume, graceMsOf } from './checkpoints.ts';
import type { Prediction } from './predict.ts';
import { decideTimes } from './times.ts';

/** The dimensions besides slots that are asked for, in no order. Most vectors have none. */
export function otherDimensions(resources: ResourceVector): readonly string[] {
  const names: string[] = [];
  for (const dimension in resources) if (dimension !== 'slots' && (resources[dimension] ?? 0) > 0) names.push(dimension);
  return names;
}

/**
 * What a run takes of a node of this cluster: what it declares. A run that wants devices and names no number takes those of
 * its slots, so that runs which do name one never get the same device.
 */
export function needOf(
  { resources, executor }: RunDefinition,
  { cudaDevicesPerSlot }: Pick<ClusterDefinition, 'cudaDevicesPerSlot'>,
): ResourceVector {
  if (cudaDevicesPerSlot === 0 || !executor.cuda || resources['gpus'] !== undefined) return resources;
  return { ...resources, gpus: resources.slots * cudaDevicesPerSlot };
}

/** Does `need` fit into `room` in every dimension? A dimension that the room does not name is not there. */
export function fitsInto(need: ResourceVector, room: ResourceVector): boolean {
  if (need.slots > room.slots) return false;
  for (const dimension of otherDimensions(need)) if ((need[dimension] ?? 0) > (room[dimension] ?? 0)) return false;
  return true;
}

/** The largest of a run's shares of a node, 0 to 1: what of the node nobody else can use beside it. */
export function shareOf(need: ResourceVector, total: ResourceVector): number {
  let share = need.slots / total.slots;
  for (const dimension of otherDimensions(need)) share = Math.max(share, (need[dimension] ?? 0) / (total[dimension] ?? 1));
  return share;
}

/**
 * How long a node must live on, in ms, for this run to start there. A run that cannot resume needs its whole expected
 * time, when that is known; a learned one never more than a fresh node has, for it is no promise. One that resumes needs a
 * slice that is worth its restart, or what is left of it if that is less. So does one of unknown time that cannot resume:
 * nobody knows better, until the end of a node has cut it short; then it needs nearly all that a node has.
 */
export function neededLifeMs(
  run: Run,
  time: Pick<Prediction, 'ms' | 'upperMs' | 'source'> | null,
  cluster: Pick<ClusterDefinition, 'walltimeMs' | 'graceMs'>,
): number {
  if (time === null) {
    const wasCutShort = run.outcome?.stopCause === 'walltime' && !canResume(run);
    return wasCutShort && cluster.walltimeMs !== null
      ? Math.max(minSliceMs(run, cluster), wholeSliceMs(cluster.walltimeMs))
      : minSliceMs(run, cluster);
  }
  if (canResume(run)) return Math.min(minSliceMs(run, cluster), time.ms);
  return time.source === 'learned' && cluster.walltimeMs !== null ? Math.min(time.upperMs, freshLifeMs(cluster.walltimeMs)) : time.upperMs;
}

/**
 * The shortest stay that is worth a restart: the restart, the grace to save, and some work between. Of a walltime it
 * never asks for more than half: a cluster with short walltimes must stay usable.
 */
export function minSliceMs(run: Run, cluster: Pick<ClusterDefinition, 'walltimeMs' | 'graceMs'>): number {
  const overheadMs = decideTimes.restartMs + graceMsOf(run, cluster.graceMs);
  if (cluster.walltimeMs === null) return overheadMs + decideTimes.minSliceWorkMs;
  const workMs = Math.min(decideTimes.minSliceWorkMs, cluster.walltimeMs * decideTimes.minSliceShareOfWalltime);
  return Math.min(overheadMs + workMs, cluster.walltimeMs / 2);
}

/** What is left of a walltime, in ms, when the node has started and said hello. Else a run that just does not fit would ask for nodes for ever. */
export function freshLifeMs(walltimeMs: number): number {
  return walltimeMs - Math.min(decideTimes.startUpMs, walltimeMs * decideTimes.startUpShareOfWalltime);
}

/** A stay this long, in ms, is as good as the whole walltime: what is missing went into coming, saving and a staggered end. */
export function wholeSliceMs(walltimeMs: number): number {
  return walltimeMs * decideTimes.wholeSliceShare - decideTimes.startUpMs;
}
