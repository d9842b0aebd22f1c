import type { AttemptRow, HistoryEvent, Run, StopCause } from '@juqueue/core';

/**
 * inactive  nobody wants it to run.    waiting  it wants to.    held  it wants to and may not.
 * starting  placed on a node, not yet executing.    running  it executes.    stopping  it is asked to stop.
 * ended     finished or failed.
 */
export const runPhases = ['inactive', 'waiting', 'held', 'starting', 'running', 'stopping', 'ended'] as const;
export type RunPhase = (typeof runPhases)[number];

/** `attempt` and `node` are of the attempt that executes then; `toMs` is null for the present. */
export interface PhaseOfRun {
  readonly phase: RunPhase;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly attempt: number | null;
  readonly node: string | null;
  /** Why it is asked to stop. */
  readonly stopCause: StopCause | null;
}

interface Moment extends Omit<PhaseOfRun, 'toMs' | 'phase'> {
  /** `went-on`: a stop was withdrawn. `attempt-ended`: what follows says whether the run waits again or has ended. */
  readonly phase: RunPhase | 'went-on' | 'attempt-ended';
}

const executing: ReadonlySet<string> = new Set<Moment['phase']>(['starting', 'running', 'stopping']);

/** What became of a run from its definition on, without gaps, by the events that name it and its attempts. */
export function phasesOfRun(run: Run, attempts: readonly AttemptRow[], events: readonly HistoryEvent[]): readonly PhaseOfRun[] {
  const moments = [...attempts.flatMap(momentsOfAttempt), ...events.flatMap(momentsOfEvent)].sort((a, b) => a.fromMs - b.fromMs);
  const first = moments[0];
  const firstPhase = first === undefined ? atRest(run) : first.phase === 'starting' || first.phase === 'held' ? 'waiting' : 'inactive';
  const phases: PhaseOfRun[] = [];
  let last: PhaseOfRun = { phase: firstPhase, fromMs: run.createdAtMs, toMs: null, attempt: null, node: null, stopCause: null };
  for (const [index, moment] of moments.entries()) {
    const next = phaseAt(
      moment,
      last,
      moments.slice(index + 1).find(({ phase }) => phase !== 'stopping' && phase !== 'went-on') ?? null,
      run,
    );
    if (next === null || next.phase === last.phase) continue;
    const fromMs = Math.max(moment.fromMs, last.fromMs);
    if (fromMs > last.fromMs) phases.push({ ...last, toMs: fromMs });
    last = { ...next, fromMs };
  }
  return [...phases, last];
}

/** Null: what the moment says comes too late to matter. */
function phaseAt(moment: Moment, last: PhaseOfRun, next: Moment | null, run: Run): PhaseOfRun | null {
  const { fromMs, attempt, node, stopCause } = moment;
  switch (moment.phase) {
    case 'stopping':
      return last.attempt === attempt && executing.has(last.phase) ? { ...last, phase: 'stopping', fromMs, stopCause } : null;
    case 'went-on':
      return last.attempt === attempt && last.phase === 'stopping' ? { ...last, phase: 'running', fromMs, stopCause: null } : null;
    case 'running':
      return last.phase === 'stopping' ? null : { phase: 'running', fromMs, toMs: null, attempt, node, stopCause };
    case 'attempt-ended':
      return {
        phase: next === null ? atRest(run) : next.phase === 'waiting' ? 'ended' : 'waiting',
        fromMs,
        toMs: null,
        attempt: null,
        node: null,
        stopCause: null,
      };
    default:
      return { phase: moment.phase, fromMs, toMs: null, attempt, node, stopCause };
  }
}

function atRest({ status, reason }: Run): RunPhase {
  if (status === 'ready') return reason === 'held' ? 'held' : 'waiting';
  return status === 'inactive' ? 'inactive' : status === 'running' ? 'waiting' : 'ended';
}

function momentsOfAttempt({ attempt, node, placedAtMs, startedAtMs, endedAtMs }: AttemptRow): readonly Moment[] {
  const of = { attempt, node, stopCause: null };
  return [
    { ...of, phase: 'starting', fromMs: placedAtMs },
    ...(startedAtMs === null ? [] : [{ ...of, phase: 'running' as const, fromMs: startedAtMs }]),
    ...(endedAtMs === null ? [] : [{ ...of, phase: 'attempt-ended' as const, fromMs: endedAtMs }]),
  ];
}

function momentsOfEvent({ atMs, event }: HistoryEvent): readonly Moment[] {
  const at = { fromMs: atMs, attempt: null, node: null, stopCause: null };
  switch (event.kind) {
    case 'runs-resumed':
    case 'runs-released':
      return [{ ...at, phase: 'waiting' }];
    case 'runs-held':
      return [{ ...at, phase: 'held' }];
    case 'runs-cancelled':
      return [{ ...at, phase: 'inactive' }];
    case 'run-stop-requested':
      return [{ ...at, phase: 'stopping', attempt: event.attempt, stopCause: event.cause }];
    case 'run-stop-withdrawn':
      return [{ ...at, phase: 'went-on', attempt: event.attempt }];
    default:
      return [];
  }
}
