/**
 * The error catalogue: every "no" that a person or client can meet, with the HTTP status that carries it. Messages name
 * the thing, the expectation and the value; `hint` says what to do.
 */
export const errorCatalogue = {
  JQ_RUN_NOT_FOUND: { status: 404, title: 'There is no such run.' },
  JQ_EXPERIMENT_NOT_FOUND: { status: 404, title: 'There is no such experiment.' },
  JQ_CLUSTER_NOT_FOUND: { status: 404, title: 'There is no such cluster.' },
  JQ_NODE_NOT_FOUND: { status: 404, title: 'There is no such node.' },
  JQ_ARTIFACT_NOT_FOUND: { status: 404, title: 'There is no such artifact, or file of it.' },
  JQ_JOB_NOT_FOUND: { status: 404, title: 'There is no such job.' },
  JQ_AGENT_UNKNOWN: { status: 404, title: 'The agent has not registered.' },
  JQ_NOT_FOUND: { status: 404, title: 'There is nothing at this address.' },
  JQ_EVENTS_GONE: { status: 410, title: 'Some of these events are not kept any more.' },
  JQ_BAD_REQUEST: { status: 400, title: 'The request does not have the expected form.' },
  JQ_BAD_SELECTOR: { status: 400, title: 'The selector cannot be read.' },
  JQ_BAD_CURSOR: { status: 400, title: 'The cursor is not one that this server gave.' },
  JQ_BAD_PATH: { status: 400, title: 'The path of a file is not allowed.' },
  JQ_TOO_LARGE: { status: 413, title: 'The request is too large.' },
  JQ_RANGE: { status: 416, title: 'The range lies outside of the file.' },
  JQ_KEY_REUSED: { status: 422, title: 'The idempotency key was used for another request.' },
  JQ_HASH_MISMATCH: { status: 422, title: 'The bytes do not have the hash that was named.' },
  JQ_TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests came.' },
  JQ_UNAUTHORIZED: { status: 401, title: 'The request carries no valid token.' },
  JQ_HOST_NOT_ALLOWED: { status: 421, title: 'The Host header names a host that this server does not answer for.' },
  JQ_ORIGIN_NOT_ALLOWED: { status: 403, title: 'The request comes from another site.' },
  JQ_READ_ONLY: { status: 403, title: 'This server is read-only.' },
  JQ_CALLBACK_REFUSED: { status: 422, title: 'The hub does not call this address.' },
  JQ_FORBIDDEN: { status: 403, title: 'The role of this key does not allow it.' },
  JQ_JOB_STATE: { status: 409, title: 'The job is not in the status that this needs.' },
  JQ_ATTEMPT_OVER: { status: 409, title: "The attempt is not the agent's any more." },
  JQ_LOG_GAP: { status: 409, title: 'The log lacks bytes before these.' },
  JQ_COUNT_CHANGED: { status: 409, title: 'The number of matching runs has changed.' },
  JQ_EXISTS: { status: 409, title: 'There is one already.' },
  JQ_ARTIFACT_STATUS: { status: 409, title: 'The artifact is not in the status that this needs.' },
  JQ_UPLOAD_OFFSET: { status: 409, title: 'The upload goes on at another offset.' },
  JQ_LAST_MANAGER: { status: 409, title: 'The hub would be left without a manager.' },
  JQ_NODE_BUSY: { status: 409, title: 'The node has runs, or another reason to be as it is.' },
  JQ_DEFINITIONS_INVALID: { status: 422, title: 'The definitions have problems.' },
  JQ_PLAN_CHANGED: { status: 409, title: 'The definitions have changed since this plan.' },
  JQ_FILES_UNAVAILABLE: { status: 503, title: 'The file system of the work-dir does not answer.' },
  JQ_BUSY: { status: 503, title: 'The server does as much of this as it can.' },
  JQ_SWITCHED_OFF: { status: 503, title: 'The hub takes no jobs at present.' },
  JQ_STORE_UNAVAILABLE: { status: 503, title: 'The journal cannot be written at present.' },
  JQ_STOPPING: { status: 503, title: 'The manager is stopping.' },
  JQ_INTERNAL: { status: 500, title: 'The manager made a mistake.' },
  JQ_DEF_DIR_MISSING: { status: 500, title: 'The definitions folder does not exist.' },
  JQ_WORK_DIR_LOCKED: { status: 500, title: 'Another manager works on this work-dir.' },
  JQ_WORK_DIR_NOT_WRITABLE: { status: 500, title: 'The work-dir cannot be written.' },
  JQ_WORK_DIR_NOT_PRIVATE: { status: 500, title: 'Files of the work-dir that must be private are not.' },
  JQ_SECRET_NOT_PRIVATE: { status: 500, title: 'A file with a secret can be read by others.' },
  JQ_SECRETS_UNREADABLE: { status: 500, title: 'Kept secrets cannot be decrypted with this key.' },
  JQ_WORK_DIR_FOREIGN: { status: 500, title: 'The work-dir does not carry the identity that we gave it.' },
  JQ_WORK_DIR_NEWER: { status: 500, title: 'The work-dir was written by a newer version.' },
  JQ_JOURNAL_DAMAGED: { status: 500, title: 'The journal is damaged.' },
  JQ_DATA_DIR_LOCKED: { status: 500, title: 'Another hub works on this data folder.' },
  JQ_DATA_DIR_NEWER: { status: 500, title: 'The data folder was written by a newer version.' },
  JQ_REDIS_MISSING: { status: 500, title: 'There is no redis-server to start.' },
  JQ_REDIS_UNAVAILABLE: { status: 500, title: 'Redis does not answer.' },
  JQ_TLS_NEEDED: { status: 500, title: 'The hub would be reachable without encryption.' },
  JQ_NO_SERVER: { status: 500, title: 'No manager answers for this work-dir.' },
  JQ_PORT_TAKEN: { status: 500, title: 'The port is taken.' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** One "no": code, a sentence with thing, expectation and value, and what to do about it. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** Carries a problem through code that cannot return a result (start-up, route handlers). */
export class JuqueueError extends Error {
  readonly problem: Problem;
  constructor(code: ErrorCode, message: string, hint: string | null = null) {
    super(message);
    this.name = 'JuqueueError';
    this.problem = { code, message, hint };
  }
}
