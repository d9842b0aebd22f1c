import type { DurableEvent } from '../model/events.ts';
import type { RunStatus } from '../model/run-status.ts';
import { assert } from '../model/assert.ts';

/**
 * The state machine of a run.
 *
 * inactive  A run begins here unless its experiment starts by itself. A resume makes it ready. It comes back when its
 *           user cancels it or a run that it depends on fails.
 * ready     Waits for a slot, or (blocked, retry-delay) for something that must come first, or (held) for its user. Only a
 *           placement makes it running; a cancel or a failed dependency makes it inactive.
 * running   Has exactly one execution. Starts, stop requests and withdrawals change the execution and not the status.
 *           Only the end of the attempt leaves this status, in any of the other four: what the exit and the first stop
 *           cause mean is decided in evolve/end-attempt.
 * finished  Stays until somebody resumes it.
 * failed    Stays until somebody resumes it.
 *
 * An event that is not in the row of the present status is a bug of whoever recorded it: facts from nodes are sifted by
 * attempt and nonce before they become events.
 */
const transitions = {
  inactive: {
    'history-found': ['inactive', 'finished', 'failed'],
    'runs-resumed': ['ready', 'inactive'],
    'experiment-defined': ['inactive', 'ready'],
    dependency: ['ready', 'inactive'],
  },
  ready: {
    'run-placed': ['running'],
    'history-found': ['ready', 'inactive', 'finished', 'failed'],
    'runs-cancelled': ['inactive'],
    'runs-held': ['ready'],
    'runs-released': ['ready', 'inactive'],
    'run-retry-due': ['ready'],
    'experiment-held': ['ready'],
    'experiment-released': ['ready', 'inactive'],
    'experiment-defined': ['ready', 'inactive'],
    dependency: ['ready', 'inactive'],
  },
  running: {
    'run-started': ['running'],
    'run-stop-requested': ['running'],
    'run-stop-withdrawn': ['running'],
    'run-ended': ['inactive', 'ready', 'finished', 'failed'],
    'node-gone': ['inactive', 'ready', 'failed'],
    'experiment-defined': ['running'],
    'node-silent': ['running'],
    'node-linked': ['running'],
    'node-unlinked': ['running'],
  },
  finished: { 'history-found': ['finished'], 'runs-resumed': ['ready', 'inactive'], 'experiment-defined': ['finished'] },
  failed: { 'history-found': ['failed', 'finished'], 'runs-resumed': ['ready', 'inactive'], 'experiment-defined': ['failed'] },
} as const satisfies Record<RunStatus, Partial<Record<RunTrigger, readonly RunStatus[]>>>;

/** What moves a run: a durable or ephemeral event, or the change of a run that it depends on. */
export type RunTrigger = DurableEvent['kind'] | 'node-silent' | 'node-linked' | 'node-unlinked' | 'dependency';

/** Whether `trigger` may take a run from one status to the other. */
export function isLegalTransition(from: RunStatus, trigger: RunTrigger, to: RunStatus): boolean {
  const row: Partial<Record<RunTrigger, readonly RunStatus[]>> = transitions[from];
  return row[trigger]?.includes(to) ?? false;
}

export function assertTransition(run: string, from: RunStatus, trigger: RunTrigger, to: RunStatus): void {
  assert(
    isLegalTransition(from, trigger, to),
    `${run} goes from ${from} to ${to} by ${trigger}, which the table of transitions does not allow`,
  );
}
