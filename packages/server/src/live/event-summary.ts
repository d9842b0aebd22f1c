import { assertNever } from '@juqueue/core';
import type { AttemptOutcome, HistoryEvent, JuqueueEvent } from '@juqueue/core';

/** What an event is about, and a sentence for people. */
export interface EventSubject {
  readonly sentence: string;
  readonly run: string | null;
  readonly attempt: number | null;
  readonly experiment: string | null;
  readonly node: string | null;
  readonly slots: number | null;
}

/**
 * The event in short. The answer's size does not depend on how many runs the event concerns. The history keeps long lists
 * only in part; `cut` then says how long they were.
 */
export function summariseEvent(event: JuqueueEvent, cut: HistoryEvent['cut'] = {}): EventSubject {
  switch (event.kind) {
    case 'manager-started':
      return about(`manager ${event.version} started on ${event.host}, process ${event.pid}`);
    case 'clusters-defined':
      return about(`${count(cut['clusters'] ?? event.clusters.length, 'cluster')} defined`);
    case 'experiment-defined':
      return about(
        `${event.experiment}: ${cut['added'] ?? event.added.length} new, ${cut['changed'] ?? event.changed.length} changed, ${cut['removed'] ?? event.removed.length} removed`,
        { experiment: event.experiment },
      );
    case 'experiment-removed':
      return about(`${event.experiment} removed`, { experiment: event.experiment });
    case 'experiment-held':
      return about(`${event.experiment} is held: ${event.because}`, { experiment: event.experiment });
    case 'experiment-released':
      return about(`${event.experiment} goes on`, { experiment: event.experiment });
    case 'cluster-budget-spent':
      return about(`${event.cluster}: ${event.because}`);
    case 'cluster-budget-restored':
      return about(`${event.cluster} has node-hours to spend again`);
    case 'runs-resumed':
      return about(`${several(event.runs, cut)} resumed by ${event.by}`, onlyRun(event.runs));
    case 'runs-cancelled':
      return about(
        `${several(event.runs, cut)} cancelled by ${event.by}${event.reason === null ? '' : `: ${event.reason}`}`,
        onlyRun(event.runs),
      );
    case 'runs-held':
      return about(
        `${several(event.runs, cut)} held by ${event.by}${event.reason === null ? '' : `: ${event.reason}`}`,
        onlyRun(event.runs),
      );
    case 'runs-released':
      return about(`${several(event.runs, cut)} released by ${event.by}`, onlyRun(event.runs));
    case 'runs-prioritised':
      return about(`${several(event.runs, cut)} set to priority ${event.priority} by ${event.by}`, onlyRun(event.runs));
    case 'cluster-hold-requested':
      return about(`${event.cluster} is held by ${event.by}: ${event.because}`);
    case 'cluster-hold-ended':
      return about(`${event.cluster} is released by ${event.by}`);
    case 'run-retry-due':
      return about(`${event.run} may be tried again`, { run: event.run });
    case 'run-placed':
      return about(`${attempt(event)} placed on ${event.node}`, {
        run: event.run,
        attempt: event.attempt,
        node: event.node,
        slots: event.slots.length,
      });
    case 'run-started':
      return about(`${attempt(event)} started, process ${event.pid}`, {
        run: event.run,
        attempt: event.attempt,
        slots: event.slots.length,
      });
    case 'run-stop-requested':
      return about(`${attempt(event)} asked to stop (${event.cause})`, { run: event.run, attempt: event.attempt });
    case 'run-stop-withdrawn':
      return about(`${attempt(event)} did not save in time, goes on`, { run: event.run, attempt: event.attempt });
    case 'run-ended':
      return about(`${attempt(event)} ended: ${outcome(event.outcome)}`, { run: event.run, attempt: event.attempt });
    case 'history-found':
      return about(`${attempt(event)} found in the work-dir${event.outcome === null ? '' : `: ${outcome(event.outcome)}`}`, {
        run: event.run,
        attempt: event.attempt,
      });
    case 'allocation-requested':
      return about(`${event.allocation} requested of ${event.cluster}`, { node: event.allocation });
    case 'allocation-submitted':
      return about(`${event.allocation} submitted as ${event.jobId}`, { node: event.allocation });
    case 'allocation-refused':
      return about(`${event.allocation} refused: ${event.message}`, { node: event.allocation });
    case 'allocation-waiting':
      return about(`${event.allocation} waits: ${event.waitingFor}`, { node: event.allocation });
    case 'allocation-started':
      return about(`${event.allocation} started${event.host === null ? '' : ` on ${event.host}`}`, { node: event.allocation });
    case 'allocation-cancel-requested':
      return about(`${event.allocation}: end requested, ${event.reason}`, { node: event.allocation });
    case 'allocation-ended':
      return about(`${event.allocation} ended (${event.state})`, { node: event.allocation });
    case 'node-appeared':
      return about(`${event.node} connected from ${event.host}, process ${event.pid}`, { node: event.node });
    case 'node-drained':
      return about(`${event.node} takes no new runs (${event.reason})`, { node: event.node });
    case 'node-undrained':
      return about(`${event.node} takes runs again`, { node: event.node });
    case 'node-release-requested':
      return about(`${event.node}: release requested, ${event.reason}`, { node: event.node });
    case 'node-fence-requested':
      return about(`${event.node}: ${count(cut['attempts'] ?? event.attempts.length, 'attempt')} fenced`, { node: event.node });
    case 'node-gone':
      return about(`${event.node} is gone (${event.proof})`, { node: event.node });
    case 'run-observed':
      return about(`${event.run} reports`, { run: event.run, attempt: event.observation.attempt });
    case 'node-linked':
      return about(`${event.node} is linked`, { node: event.node });
    case 'node-unlinked':
      return about(`${event.node} has no link`, { node: event.node });
    case 'node-silent':
      return about(`${event.node} is silent`, { node: event.node });
    case 'node-deadline-changed':
      return about(`${event.node}: another deadline`, { node: event.node });
    case 'image-changed':
      return about(
        event.because === null ? `the image ${event.image} is there` : `runs wait for the image ${event.image}: ${event.because}`,
      );
    case 'cluster-held':
      return about(event.because === null ? `${event.cluster} takes submissions again` : `${event.cluster} is held: ${event.because}`);
    default:
      return assertNever(event);
  }
}

function about(sentence: string, subject: Partial<EventSubject> = {}): EventSubject {
  return {
    sentence,
    run: subject.run ?? null,
    attempt: subject.attempt ?? null,
    experiment: subject.experiment ?? null,
    node: subject.node ?? null,
    slots: subject.slots ?? null,
  };
}

function attempt(event: { readonly run: string; readonly attempt: number }): string {
  return `${event.run} attempt ${event.attempt}`;
}

function outcome(ended: AttemptOutcome): string {
  if (ended.stopCause !== null) return `stopped (${ended.stopCause})`;
  if (ended.kind === 'exit') return `exit ${ended.exitCode ?? '?'}`;
  return ended.kind === 'signal' ? `signal ${ended.signal ?? '?'}` : ended.kind;
}

function several(runs: readonly string[], cut: NonNullable<HistoryEvent['cut']>): string {
  return runs.length === 1 ? (runs[0] ?? '') : count(cut['runs'] ?? runs.length, 'run');
}

function onlyRun(runs: readonly string[]): Partial<EventSubject> {
  const [run] = runs;
  return runs.length === 1 && run !== undefined ? { run } : {};
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
