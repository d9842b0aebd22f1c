import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ParameterValue } from '../model/definition.ts';
import type { FailureSignature } from '../evolve/failure-signature.ts';
import type { StoredEvent } from '../model/events.ts';
import type { ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { IndexChange } from '../ports/index-feed.ts';
import type { AttemptRow, RunRow } from '../ports/run-index.ts';
import { assertNever } from '../model/assert.ts';
import { parameterNumber, parameterText } from '../select/parameter-order.ts';
import { columnValue } from './run-index-cursor.ts';
import { dispatchSampleEveryMs } from './dispatch-stretches.ts';
import { sampleEveryMs } from './load-curve.ts';
import { markOf } from './node-marks.ts';
import { historyEvent } from './run-index-history.ts';

/** Puts changes into the tables of the index. What was there before is replaced: applying twice changes nothing. */
export class RunIndexRows {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #clusterLists = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  put(change: IndexChange): void {
    switch (change.kind) {
      case 'run':
        return this.#putRun(change.row, change.failure ?? null);
      case 'run-removed':
        return this.#removeRun(change.id);
      case 'attempt':
        return this.#putAttempt(change.row);
      case 'load':
        this.#run(
          'INSERT OR REPLACE INTO load (bucket, at, sample) VALUES (?, ?, ?)',
          Math.floor(change.sample.atMs / sampleEveryMs),
          change.sample.atMs,
          JSON.stringify(change.sample),
        );
        return;
      case 'dispatch': {
        const { cluster, atMs, dispatchMs, isDispatch } = change.sample;
        this.#run(
          'INSERT OR REPLACE INTO dispatch (cluster, bucket, at, dispatch, is_dispatch) VALUES (?, ?, ?, ?, ?)',
          cluster,
          Math.floor(atMs / dispatchSampleEveryMs),
          atMs,
          dispatchMs,
          isDispatch ? 1 : 0,
        );
        return;
      }
      case 'event':
        this.#putMark(change.stored);
        this.#run(
          'INSERT OR REPLACE INTO events (seq, stored) VALUES (?, ?)',
          change.stored.seq,
          JSON.stringify(historyEvent(change.stored)),
        );
        for (const run of change.runs) this.#run('INSERT OR IGNORE INTO event_runs (run, seq) VALUES (?, ?)', run, change.stored.seq);
        return;
      default:
        return assertNever(change);
    }
  }

  #putRun(run: RunRow, failure: FailureSignature | null): void {
    const { parameters, ...shown } = run;
    const clusterList = this.#clusterList(run.clusters);
    const group = this.#enterGroup(run, clusterList);
    const columns = [
      group,
      run.status,
      run.reason,
      run.node,
      run.failure,
      clusterList,
      ...(['priority', 'created', 'changed', 'started', 'ended', 'duration', 'attempt'] as const).map((sort) => columnValue(run, sort)),
    ];
    const row = JSON.stringify(shown);
    const parametersJson = JSON.stringify(parameters);
    const known = this.#find(run.id);
    if (known === null) {
      const insert =
        'INSERT INTO runs (id, facet_group, status, reason, node, failure, cluster_list, priority, created, changed, started, ended, duration, attempt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
      const number = Number(this.#run(insert, run.id, ...columns).lastInsertRowid);
      this.#run('INSERT INTO run_rows (run, row, parameters) VALUES (?, ?, ?)', number, row, parametersJson);
      this.#putParameters(number, run.experiment, parameters);
      if (failure !== null) this.#countFailure(failure, run);
      return;
    }
    const update =
      'UPDATE runs SET facet_group = ?, status = ?, reason = ?, node = ?, failure = ?, cluster_list = ?, priority = ?, created = ?, changed = ?, started = ?, ended = ?, duration = ?, attempt = ? WHERE number = ?';
    this.#run(update, ...columns, known.number);
    this.#leaveGroup(known.facet_group);
    this.#run('UPDATE run_rows SET row = ?, parameters = ? WHERE run = ?', row, parametersJson, known.number);
    this.#followFailure(known, run, failure);
    if (known.parameters === parametersJson) return;
    this.#removeParameters(known, run.experiment);
    this.#putParameters(known.number, run.experiment, parameters);
  }

  #enterGroup(run: RunRow, clusterList: number): number {
    const enter = `INSERT INTO facet_groups (experiment, status, reason, cluster_list, node, runs) VALUES (?, ?, ?, ?, ?, 1)
      ON CONFLICT DO UPDATE SET runs = runs + 1 RETURNING number`;
    return Number(this.#statement(enter).get(run.experiment, run.status, run.reason, clusterList, run.node ?? '')?.['number']);
  }

  #leaveGroup(number: number): void {
    this.#run('UPDATE facet_groups SET runs = runs - 1 WHERE number = ?', number);
    this.#run('DELETE FROM facet_groups WHERE number = ? AND runs = 0', number);
  }

  #putParameters(number: number, experiment: string, parameters: Readonly<Record<string, ParameterValue>>): void {
    for (const [name, value] of Object.entries(parameters)) {
      this.#run(
        'INSERT INTO parameters (name, run, value_number, value_text) VALUES (?, ?, ?, ?)',
        name,
        number,
        parameterNumber(value),
        parameterText(value),
      );
      this.#run(
        'INSERT INTO parameter_values (experiment, name, value, runs) VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET runs = runs + 1',
        experiment,
        name,
        parameterNumber(value) ?? parameterText(value),
      );
    }
  }

  #removeParameters(known: KnownRun, experiment: string): void {
    for (const [name, value] of Object.entries(JSON.parse(known.parameters) as Record<string, ParameterValue>)) {
      this.#run('DELETE FROM parameters WHERE name = ? AND run = ?', name, known.number);
      const place = [experiment, name, parameterNumber(value) ?? parameterText(value)] as const;
      this.#run('UPDATE parameter_values SET runs = runs - 1 WHERE experiment = ? AND name = ? AND value = ?', ...place);
      this.#run('DELETE FROM parameter_values WHERE experiment = ? AND name = ? AND value = ? AND runs = 0', ...place);
    }
  }

  #followFailure(known: KnownRun, run: RunRow, failure: FailureSignature | null): void {
    if (known.failure === run.failure) return;
    if (known.failure !== null) this.#uncountFailure(known.failure, run.experiment);
    if (failure !== null) this.#countFailure(failure, run);
  }

  #countFailure({ id, text }: FailureSignature, { experiment, changedAtMs }: RunRow): void {
    this.#run(
      'INSERT INTO failures (id, text, count, last) VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET count = count + 1, last = max(last, excluded.last)',
      id,
      text,
      changedAtMs,
    );
    this.#run(
      'INSERT INTO failure_experiments (failure, experiment, count) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
      id,
      experiment,
    );
  }

  #uncountFailure(id: string, experiment: ExperimentName): void {
    this.#run('UPDATE failures SET count = count - 1 WHERE id = ?', id);
    this.#run('DELETE FROM failures WHERE id = ? AND count = 0', id);
    this.#run('UPDATE failure_experiments SET count = count - 1 WHERE failure = ? AND experiment = ?', id, experiment);
    this.#run('DELETE FROM failure_experiments WHERE failure = ? AND experiment = ? AND count = 0', id, experiment);
  }

  /** Its attempts go with it, for a later run of the same name begins with attempt 1 again. */
  #removeRun(id: RunId): void {
    const known = this.#find(id);
    if (known === null) return;
    if (known.failure !== null) this.#uncountFailure(known.failure, experimentOf(id));
    this.#removeParameters(known, experimentOf(id));
    this.#run('DELETE FROM run_rows WHERE run = ?', known.number);
    this.#run('DELETE FROM runs WHERE number = ?', known.number);
    this.#leaveGroup(known.facet_group);
    this.#run('DELETE FROM attempts WHERE run = ?', id);
  }

  /** The last attempt of a run that was removed with it finds no run any more. */
  #putAttempt(row: AttemptRow): void {
    if (this.#find(row.run) === null) return;
    this.#run(
      'INSERT OR REPLACE INTO attempts (run, attempt, node, placed, ended, row) VALUES (?, ?, ?, ?, ?, ?)',
      row.run,
      row.attempt,
      row.node,
      row.placedAtMs,
      row.endedAtMs ?? 0,
      JSON.stringify(row),
    );
  }

  #putMark(stored: StoredEvent): void {
    const nodeOf = (run: RunId, attempt: number): NodeId | null => {
      const node = this.#statement('SELECT node FROM attempts WHERE run = ? AND attempt = ?').get(run, attempt)?.['node'];
      return typeof node === 'string' ? node : null;
    };
    const mark = markOf(stored, nodeOf);
    if (mark !== null)
      this.#run(
        'INSERT OR REPLACE INTO node_marks (seq, node, at, mark) VALUES (?, ?, ?, ?)',
        stored.seq,
        mark.node,
        mark.atMs,
        JSON.stringify(mark),
      );
  }

  #find(id: RunId): KnownRun | null {
    const found = this.#statement(
      'SELECT number, facet_group, failure, parameters FROM runs JOIN run_rows ON run_rows.run = runs.number WHERE id = ?',
    ).get(id);
    return found === undefined ? null : (found as unknown as KnownRun);
  }

  #clusterList(names: readonly string[]): number {
    const json = JSON.stringify(names);
    const known = this.#clusterLists.get(json) ?? this.#statement('SELECT number FROM cluster_lists WHERE names = ?').get(json)?.['number'];
    const number = typeof known === 'number' ? known : this.#newClusterList(json, names);
    this.#clusterLists.set(json, number);
    return number;
  }

  #newClusterList(json: string, names: readonly string[]): number {
    const number = Number(this.#run('INSERT INTO cluster_lists (names) VALUES (?)', json).lastInsertRowid);
    for (const name of new Set(names)) this.#run('INSERT INTO cluster_names (list, name) VALUES (?, ?)', number, name);
    return number;
  }

  /** What was remembered of the tables, when a transaction was undone. */
  forget(): void {
    this.#clusterLists.clear();
  }

  #run(sql: string, ...values: readonly (string | number | null)[]): ReturnType<StatementSync['run']> {
    return this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function experimentOf(id: RunId): ExperimentName {
  return id.slice(0, id.indexOf('@'));
}

interface KnownRun {
  readonly number: number;
  readonly facet_group: number;
  readonly failure: string | null;
  /** JSON. */
  readonly parameters: string;
}
