import type { Run, StatusCounts } from '@juqueue/client';

export type RunStatus = Run['status'];
export type RunReason = Run['reason'];

/** In the order in which a person wants to know of them; bars are stacked the other way round. */
export const statuses: readonly RunStatus[] = ['failed', 'running', 'ready', 'finished', 'inactive'];

/** From done to not wanted, as bars are stacked. */
export const stackedStatuses: readonly RunStatus[] = ['finished', 'running', 'ready', 'failed', 'inactive'];

/** Status words together with the reasons that change what a person would do. The shape says the same as the colour. */
export function shapeOf(status: RunStatus, reason: RunReason | null): Shape {
  switch (status) {
    case 'finished':
      return 'check';
    case 'failed':
      return 'cross';
    case 'running':
      return reason === 'starting' ? 'half' : reason === 'stopping' ? 'stop' : reason === 'node-silent' ? 'question' : 'play';
    case 'ready':
      return reason === 'held' || reason === 'blocked' ? 'pause' : reason === 'queued' || reason === null ? 'ring' : 'again';
    case 'inactive':
      return reason === 'user-cancelled' ? 'slash' : 'dash';
  }
}

export type Shape = 'check' | 'cross' | 'play' | 'half' | 'stop' | 'question' | 'pause' | 'ring' | 'again' | 'slash' | 'dash';

/** Reasons that say no more than the status itself. */
const plainReasons: readonly RunReason[] = ['queued', 'running', 'exit', 'new'];

/** What stands beside the status word; null when the word says it all. */
export function reasonText(status: RunStatus, reason: RunReason, exitCode: number | null): string | null {
  if (status === 'failed' && reason === 'exit') return exitCode === null ? 'exit' : `exit ${exitCode}`;
  return plainReasons.includes(reason) ? null : reason;
}

export function totalOf(counts: StatusCounts): number {
  return counts.inactive + counts.ready + counts.running + counts.finished + counts.failed;
}

/** The part of what was asked for that is done; null when nothing was asked for. Inactive runs nobody asked for. */
export function doneShare(counts: StatusCounts): number | null {
  const wanted = totalOf(counts) - counts.inactive;
  return wanted === 0 ? null : counts.finished / wanted;
}
