/**
 * How the database came to its present shape: step n brings one of `user_version` n to n + 1. Steps are never changed once
 * they are in use; new ones are added at the end.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    queue TEXT NOT NULL,
    owner TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    status TEXT NOT NULL,
    event TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_of_job ON events (job, seq);
  CREATE INDEX events_of_queue ON events (queue, seq);
  CREATE INDEX events_of_owner ON events (owner, seq);

  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    queue TEXT NOT NULL,
    status TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_of_owner ON jobs (owner, id);
  CREATE INDEX jobs_of_queue ON jobs (queue, id);
  CREATE INDEX jobs_of_status ON jobs (status, id);
  CREATE INDEX jobs_by_content ON jobs (owner, content_hash);

  CREATE TABLE definitions (job TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;

  CREATE TABLE idempotency_keys (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    job TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    callback INTEGER NOT NULL,
    occasion TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
  ) STRICT;
  CREATE INDEX webhooks_of_job ON webhooks (job);
  CREATE INDEX webhooks_by_state ON webhooks (state);

  CREATE TABLE agents (name TEXT PRIMARY KEY, registration TEXT NOT NULL, registered_at_ms INTEGER NOT NULL) STRICT;

  CREATE TABLE readers (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    after_seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (owner, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE removed_events (through_seq INTEGER NOT NULL) STRICT;
  INSERT INTO removed_events (through_seq) VALUES (0);
  `,
];
