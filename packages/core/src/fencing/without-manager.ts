import type { FencingTimes } from './fencing-times.ts';
import type { Instant } from './instant.ts';
import { elapsedMs } from './instant.ts';
import type { OnManagerLost } from '../model/definition.ts';
import type { NodeLease } from './node-lease.ts';

export interface NodeLoad {
  /** Since when it holds no attempt and has nothing left to report; null while it does. */
  readonly idleSince: Instant | null;
  readonly idleTimeoutMs: number;
  readonly onManagerLost: OnManagerLost;
}

/**
 * What does a node do that hears no manager (rule 7)? `stay` also while the link is well: then the manager decides. Asked
 * after the lease, whose end outranks it.
 */
export function withoutManager(lease: NodeLease, load: NodeLoad, now: Instant, times: FencingTimes): 'stay' | 'stop-runs' | 'leave' {
  if (lease.answeredAt === null) return elapsedMs(lease.bornAt, now) >= times.noManagerExitMs ? 'leave' : 'stay';
  const lostMs = elapsedMs(lease.answeredAt, now) - times.linkQuietMs;
  if (lostMs < 0) return 'stay';
  if (load.idleSince !== null) return Math.min(lostMs, elapsedMs(load.idleSince, now)) >= load.idleTimeoutMs ? 'leave' : 'stay';
  return load.onManagerLost.kind === 'stop' && lostMs >= load.onManagerLost.afterMs ? 'stop-runs' : 'stay';
}
