import type { RunReason, RunStatus } from '../model/run-status.ts';
import type { VerdictCode } from '../model/plan.ts';
import type { ProtectionCode } from './movable.ts';

/** Why something is as it is: a code for programs, the numbers, and a sentence for people. */
export interface Explanation {
  readonly code: string;
  readonly sentence: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** The same, with a code that is known here. */
export interface KnownExplanation extends Explanation {
  readonly code: ExplanationCode;
}

/** Why a run is not executing, or how it is. */
export const runExplanations = {
  STARTS_NOW: 'it starts at the next decision',
  SENT_AHEAD: 'it is so short that it waits on its node for the next free slot',
  NODE_REOPENED: 'a node that was being emptied is opened again for it',
  WAITS_FOR_NODE: 'a node on its way, or requested now, has a slot for it',
  WAITING_FOR_SATURATION: 'by the scaling policy a further node waits for more runs',
  FEWER_NODES_SUFFICE: 'all times are known, and a further node would not end the work sooner',
  SLOTS_KEPT_FOR_IT: 'it needs several slots of one node, and one is kept free for it',
  SLOTS_KEPT_FOR_ANOTHER: 'the free slots are kept for a larger run that comes before it',
  NODES_END_TOO_SOON: 'the nodes with free slots end before it would',
  RESOURCES_TAKEN: 'nodes have free slots, but not what it needs beside them',
  MAX_ALLOCATIONS: 'no slot is left, and the cluster may have no further allocations',
  CLUSTER_HELD: 'its cluster takes no requests at present',
  BUDGET_SPENT: 'the node-hours of its cluster are spent',
  WALLTIME_TOO_SHORT: 'no node of its clusters lives as long as it needs',
  TOO_LARGE_FOR_ANY_NODE: 'it needs more than a node of its clusters has',
  CLUSTER_UNKNOWN: 'the cluster that it names is not defined',
  IMAGE_NOT_READY: 'its container image is not there yet',
  RETRY_DELAY: 'it failed and is tried again later',
  BLOCKED: 'it depends on runs that have not finished',
  HELD: 'its experiment is held',
  BUDGET: 'the node-hours of its experiment are spent',
  FITS_NOWHERE: 'no node can take it',
  STARTING: 'its start was sent to its node',
  EXECUTING: 'it runs',
  STOPPING: 'it was asked to stop',
  NODE_SILENT: 'its node is silent; it goes on elsewhere once that node is proven gone',
} as const;

/** Why a node is kept, or what becomes of it. */
export const nodeExplanations = {
  NODE_UNLINKED: 'its link is down',
  NODE_SILENT: 'nothing was heard of it for a while',
  NODE_GONE: 'it is gone',
  NODE_PENDING: 'the cluster has not started it yet',
  ALLOCATION_ENDED: 'it ended without ever being a node',
  RELEASED: 'it is given back now',
  RELEASE_REQUESTED: 'it was given back, and its end is awaited',
  NODE_GETS_RUNS: 'runs start on it now',
  NODE_KEPT_WARM: 'it is empty, and work may follow',
  NODE_AWAITS_RUNS: 'it is empty, and runs of other nodes will need it',
  EMPTIED: 'its runs are moved now',
  EMPTYING: 'its runs save themselves to go on elsewhere',
  NODE_DRAINING: 'it takes no new runs',
  NODE_NEEDED: 'its runs leave no node to spare',
  MOVES_OFF: 'consolidation is off in its cluster',
  NOT_EXECUTING: 'a run of it has not begun',
  STOPPING: 'a run of it is stopping already',
  NOT_RESUMABLE: 'a run of it neither declared nor showed a checkpoint',
  REFUSED_TO_SAVE: 'a run of it did not save itself when it was asked to',
  MOVED_OFTEN: 'a run of it was moved as often as is allowed',
  COOLING_DOWN: 'a run of it was moved a short while ago',
  NO_ROOM_ELSEWHERE: 'the other nodes have no room for its runs',
  MOVE_COSTS_MORE: 'moving its runs would cost more than it saves',
  RESTART_TOO_DEAR: 'its runs would start from zero, which is not small against what the nodes cost so far',
  MOVE_IN_PROGRESS: 'another node is emptied first',
  RUNS_WAIT: 'runs wait that can fill the gaps',
  SETTLING: 'demand changed a moment ago',
  CHECKPOINT_SOON: 'a move waits for a checkpoint',
  SURPLUS_TOO_YOUNG: 'the surplus has not cost enough yet',
} as const;

/** Why a cluster has the nodes that it has. */
export const clusterExplanations = {
  CLUSTER_HELD: 'it takes no requests at present',
  BUDGET_SPENT: 'its node-hours are spent',
  REQUESTS_NODES: 'nodes are requested now',
  WAITS_FOR_NODES: 'allocations are on their way',
  MOVES_RUNS: 'a node is emptied now',
  MAX_ALLOCATIONS: 'runs wait, and it may have no further allocations',
  WAITING_FOR_SATURATION: 'by the scaling policy a further node waits for more runs',
  FEWER_NODES_SUFFICE: 'all times are known, and a further node would not end the work sooner',
  TOO_LARGE_FOR_ANY_NODE: 'runs wait that need more than one of its nodes has',
  WALLTIME_TOO_SHORT: 'runs wait that need longer than its nodes live',
  MOVES_OFF: 'nodes are to spare, and consolidation is off',
  MOVE_IN_PROGRESS: 'a node is being emptied',
  SETTLING: 'demand changed a moment ago',
  NOTHING_TO_EMPTY: 'its runs need all of its nodes',
  NO_MOVABLE_NODE: 'no move is allowed, has room and saves anything',
  SURPLUS_TOO_YOUNG: 'the surplus has not cost enough yet',
  CHECKPOINT_SOON: 'a move waits for a checkpoint',
  NODES_EMPTY: 'it has empty nodes only',
  CLUSTER_IDLE: 'no run waits for it, and it has no nodes',
} as const;

export type ExplanationCode =
  | keyof typeof runExplanations
  | keyof typeof nodeExplanations
  | keyof typeof clusterExplanations
  | VerdictCode
  | ProtectionCode
  | `${Uppercase<RunStatus>}_${string}`;

/** The code of a run that nobody wants to start, or that has ended: its status and reason in one word. */
export function endCode(status: RunStatus, reason: RunReason): ExplanationCode {
  return `${upper(status)}_${reason.toUpperCase().replaceAll('-', '_')}`;
}

function upper<T extends string>(word: T): Uppercase<T> {
  return word.toUpperCase() as Uppercase<T>;
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
