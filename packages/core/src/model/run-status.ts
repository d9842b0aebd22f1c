/**
 * Run status: five values, each with a `reason`. This table is the one definition; the types come from it, API and
 * documentation are tested against it.
 *
 * inactive  nobody asked for it, or it cannot start until somebody acts.
 * ready     wants to run. `queued` may start now; the other reasons wait for something and ask for no nodes.
 * running   an attempt is placed on a node: start sent, executing, asked to stop, or its node is silent.
 * finished  ended as intended.
 * failed    ended as not intended, with nothing left to try.
 */
export const runReasons = {
  inactive: ['new', 'user-cancelled', 'dependency-failed'],
  ready: [
    'queued',
    'blocked',
    'held',
    'retry-delay',
    'budget',
    'fits-nowhere',
    'consolidation',
    'walltime',
    'preempted',
    'node-lost',
    'manager-stop',
    'definition-changed',
  ],
  running: ['starting', 'running', 'stopping', 'node-silent'],
  finished: ['exit'],
  failed: ['exit', 'signal', 'out-of-memory', 'time-limit', 'no-progress', 'crash-limit'],
} as const;

export type RunStatus = keyof typeof runReasons;
export type RunReason = (typeof runReasons)[RunStatus][number];

export const runStatuses = Object.keys(runReasons) as readonly RunStatus[];

/** Why we asked a run to stop, or why its attempt ended without its own doing. */
export const stopCauses = [
  'user',
  'time-limit',
  'consolidation',
  'walltime',
  'preempted',
  'node-lost',
  'manager-stop',
  'definition-changed',
] as const;
export type StopCause = (typeof stopCauses)[number];

/** Reasons of `ready` that wait for something and so ask for no nodes. */
export const waitingReasons: ReadonlySet<RunReason> = new Set<RunReason>(['blocked', 'held', 'retry-delay', 'budget', 'fits-nowhere']);
