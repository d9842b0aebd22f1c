import type { DatabaseSync } from 'node:sqlite';
import type { IndexQuestion } from './run-index-protocol.ts';
import { checkLimit } from './run-index-cursor.ts';

/** Experiments that a group of failures names. */
const experimentsOfGroup = 10;

/** The largest groups of equal failures as JSON. Costs what the page holds, and a walk over the groups for their number. */
export function failures(database: DatabaseSync, { experiment, limit }: Extract<IndexQuestion, { kind: 'failures' }>): string {
  checkLimit(limit);
  const groups = experiment === null ? groupsOfAll(database, limit) : groupsOfExperiment(database, experiment, limit);
  const experiments = database.prepare(
    'SELECT experiment AS name, count FROM failure_experiments WHERE failure = ? ORDER BY count DESC, experiment LIMIT ?',
  );
  const example = database.prepare(
    'SELECT row FROM runs JOIN run_rows ON run_rows.run = runs.number WHERE failure = ? AND id >= ? ORDER BY id LIMIT 1',
  );
  return JSON.stringify({
    ...totals(database, experiment),
    groups: groups.map((group) => {
      const { id, detail } = JSON.parse(String(example.get(group.id, experiment === null ? '' : `${experiment}@`)?.['row'])) as {
        readonly id: string;
        readonly detail: string | null;
      };
      return {
        ...group,
        experiments: experiment === null ? experiments.all(group.id, experimentsOfGroup) : [{ name: experiment, count: group.count }],
        example: { run: id, detail },
      };
    }),
  });
}

interface CountedFailure {
  readonly id: string;
  readonly text: string;
  readonly count: number;
  readonly lastAtMs: number;
}

function groupsOfAll(database: DatabaseSync, limit: number): readonly CountedFailure[] {
  return database
    .prepare('SELECT id, text, count, last AS lastAtMs FROM failures ORDER BY count DESC, id LIMIT ?')
    .all(limit) as unknown as readonly CountedFailure[];
}

function groupsOfExperiment(database: DatabaseSync, experiment: string, limit: number): readonly CountedFailure[] {
  const sql = `SELECT failures.id, text, failure_experiments.count, last AS lastAtMs FROM failure_experiments JOIN failures ON failures.id = failure
               WHERE experiment = ? ORDER BY failure_experiments.count DESC, failure LIMIT ?`;
  return database.prepare(sql).all(experiment, limit) as unknown as readonly CountedFailure[];
}

function totals(database: DatabaseSync, experiment: string | null): { readonly groupCount: number; readonly runCount: number } {
  const counts = 'SELECT count(*) AS groupCount, coalesce(sum(count), 0) AS runCount FROM';
  const found =
    experiment === null
      ? database.prepare(`${counts} failures`).get()
      : database.prepare(`${counts} failure_experiments WHERE experiment = ?`).get(experiment);
  return found as unknown as { readonly groupCount: number; readonly runCount: number };
}
