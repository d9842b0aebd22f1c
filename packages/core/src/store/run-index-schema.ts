/** Raise with every change of the tables: an index of another version is thrown away and filled anew. */
export const runIndexSchemaVersion = 7;

/**
 * Tables of the index. `runs` holds only what is filtered and sorted by, so that a question that no index answers is a
 * walk over few pages (100 000 runs: 10 to 30 ms); what a list shows stands in `run_rows`, as JSON without the
 * parameters, which change far less often. Sort columns hold 0 where a run has no such time, so that a page can
 * continue behind any row. Lists of clusters are few and shared by many runs, hence numbered. So that facets do not walk
 * over runs, `facet_groups` counts the runs that are equal in all that facets count by, and `parameter_values` the runs of
 * an experiment by the value of a parameter (numbers as numbers, all else as text);
 * failures are counted in the same way. More indices would double the time of a rebuild.
 */
export const runIndexSchema = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE cluster_lists (number INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
  CREATE TABLE cluster_names (list INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (list, name)) WITHOUT ROWID;

  CREATE TABLE facet_groups (
    number INTEGER PRIMARY KEY,
    experiment TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    cluster_list INTEGER NOT NULL,
    node TEXT NOT NULL,
    runs INTEGER NOT NULL,
    UNIQUE (experiment, status, reason, cluster_list, node)
  );

  CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    facet_group INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    node TEXT,
    failure TEXT,
    cluster_list INTEGER NOT NULL,
    priority REAL NOT NULL,
    created REAL NOT NULL,
    changed REAL NOT NULL,
    started REAL NOT NULL,
    ended REAL NOT NULL,
    duration REAL NOT NULL,
    attempt INTEGER NOT NULL
  );
  CREATE INDEX runs_by_changed ON runs (changed, id);
  CREATE INDEX runs_by_status ON runs (status, changed, id);
  CREATE INDEX runs_by_node ON runs (node) WHERE node IS NOT NULL;
  CREATE INDEX runs_by_failure ON runs (failure, id) WHERE failure IS NOT NULL;
  CREATE TABLE run_rows (run INTEGER PRIMARY KEY, row TEXT NOT NULL, parameters TEXT NOT NULL);

  CREATE TABLE failures (id TEXT PRIMARY KEY, text TEXT NOT NULL, count INTEGER NOT NULL, last REAL NOT NULL) WITHOUT ROWID;
  CREATE INDEX failures_by_count ON failures (count, id);
  CREATE TABLE failure_experiments (failure TEXT NOT NULL, experiment TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (failure, experiment)) WITHOUT ROWID;
  CREATE INDEX failures_of_experiment ON failure_experiments (experiment, count, failure);

  CREATE TABLE parameters (
    name TEXT NOT NULL,
    run INTEGER NOT NULL,
    value_number REAL,
    value_text TEXT NOT NULL,
    PRIMARY KEY (name, run)
  ) WITHOUT ROWID;

  CREATE INDEX parameters_by_value ON parameters (name, COALESCE(value_number, value_text));

  CREATE TABLE parameter_values (
    experiment TEXT NOT NULL,
    name TEXT NOT NULL,
    value NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (experiment, name, value)
  ) WITHOUT ROWID;

  CREATE TABLE attempts (
    run TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    node TEXT NOT NULL,
    placed REAL NOT NULL,
    ended REAL NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (run, attempt)
  ) WITHOUT ROWID;
  CREATE INDEX attempts_by_node ON attempts (node, placed);

  CREATE TABLE load (bucket INTEGER PRIMARY KEY, at REAL NOT NULL, sample TEXT NOT NULL);

  CREATE TABLE dispatch (cluster TEXT NOT NULL, bucket INTEGER NOT NULL, at REAL NOT NULL, dispatch REAL NOT NULL, is_dispatch INTEGER NOT NULL, PRIMARY KEY (cluster, bucket)) WITHOUT ROWID;

  CREATE TABLE node_marks (seq INTEGER PRIMARY KEY, node TEXT NOT NULL, at REAL NOT NULL, mark TEXT NOT NULL);
  CREATE INDEX node_marks_by_node ON node_marks (node, at);

  CREATE TABLE events (seq INTEGER PRIMARY KEY, stored TEXT NOT NULL);
  CREATE TABLE event_runs (run TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
`;
