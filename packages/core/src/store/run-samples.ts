import type { AttemptRow, RunRow } from '../ports/run-index.ts';

/** A row with the given differences; its id follows from experiment and name. */
export function runRowOf(row: Partial<RunRow> = {}): RunRow {
  const experiment = row.experiment ?? 'sweep';
  const name = row.name ?? 'r1';
  return {
    status: 'ready',
    reason: 'queued',
    detail: null,
    clusters: ['local'],
    node: null,
    attempt: 0,
    priority: 0,
    slots: 1,
    parameters: {},
    createdAtMs: 1_000,
    changedAtMs: 1_000,
    startedAtMs: null,
    endedAtMs: null,
    exitCode: null,
    failure: null,
    ...row,
    experiment,
    name,
    id: `${experiment}@${name}`,
  };
}

export function attemptRowOf(run: string, attempt: number): AttemptRow {
  return { run, attempt, node: 'local-1', slots: [0], pid: 17, placedAtMs: 1_000, startedAtMs: 1_100, endedAtMs: null, outcome: null };
}
