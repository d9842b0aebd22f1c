import { hash } from 'node:crypto';
import type { Job, JobFile } from '../model/job.ts';
import type { ArtifactFile } from './hub-port.ts';

/** A job as an EMX2 server tells it. */
export interface Emx2Job {
  readonly id: string;
  readonly processor: string;
  readonly profile: string | null;
  readonly status: string;
  readonly worker_id?: string | null;
  readonly submit_user?: string | null;
  readonly parameters?: unknown;
  readonly inputs?: unknown;
  readonly timeout_seconds?: number | null;
  readonly created_at?: string | null;
}

export interface Emx2Artifact {
  readonly residence: string;
  readonly status: string;
  readonly content_url?: string | null;
}

export interface Emx2Files {
  readonly items: readonly { readonly path: string; readonly sha256: string | null; readonly size_bytes: number | null }[];
  readonly total_count: number;
}

/** The kernel takes no variable beyond 128 KiB; all parameters are in `input.json`. */
const mostVariableBytes = 100_000;

export function filesOf({ items }: Emx2Files): readonly ArtifactFile[] {
  return items.map(({ path, sha256, size_bytes: sizeBytes }) => ({ path, sha256: sha256 ?? '', sizeBytes: sizeBytes ?? 0 }));
}

/**
 * The same as a job of a hub: parameters are its input, `parameters.args` the arguments of the profile's program,
 * `parameters.environment` its variables. They are data and never text of a script.
 */
export function emx2Job(view: Emx2Job, attempt: number, agent: string): Job {
  const { args, environment } = record(view.parameters);
  const definition: Job['definition'] = {
    profile: `${view.processor}/${view.profile ?? 'default'}`,
    image: null,
    command: Array.isArray(args) ? { kind: 'argv', argv: args.map(String) } : null,
    input: view.parameters ?? null,
    files: inputsOf(view.inputs),
    env: {
      ...Object.fromEntries(Object.entries(record(environment)).map(([name, value]) => [name, String(value)])),
      ...daemonVariables(view),
    },
    resources: { slots: 1 },
    timeLimitMs: typeof view.timeout_seconds === 'number' ? view.timeout_seconds * 1_000 : null,
  };
  const createdAtMs = Date.parse(view.created_at ?? '') || 0;
  return {
    id: view.id,
    owner: view.submit_user ?? '',
    definition,
    contentHash: hash('sha256', JSON.stringify(definition)),
    order: {
      queue: 'emx2',
      name: null,
      priority: 0,
      retries: 0,
      retryDelayMs: 0,
      callbacks: [],
      supersedes: null,
      labels: {},
      cluster: null,
      outputResidence: 'hub',
    },
    status: 'claimed',
    reason: null,
    detail: null,
    createdAtMs,
    launchedAtMs: createdAtMs,
    endedAtMs: null,
    attempts: attempt,
    attemptsAllowed: attempt,
    attempt: { attempt, agent, claimedAtMs: createdAtMs, leaseUntilMs: 0, startedAtMs: null, place: null },
    notBeforeMs: 0,
    cancelRequested: null,
    progress: null,
    result: null,
  };
}

/** What programs find in their environment that were written for its daemon. Paths are relative to where they begin. */
function daemonVariables({ id, parameters }: Emx2Job): Readonly<Record<string, string>> {
  const text = JSON.stringify(parameters ?? {});
  return {
    EMX2_JOB_ID: id,
    HPC_JOB_ID: id,
    HPC_INPUT_DIR: 'input',
    HPC_OUTPUT_DIR: '.',
    HPC_WORK_DIR: '.',
    ...(Buffer.byteLength(text) > mostVariableBytes ? {} : { HPC_PARAMETERS: text }),
  };
}

/** Ids, objects with `artifact_id` or, enriched, `id`; in a list or by name. */
function inputsOf(value: unknown): readonly JobFile[] {
  const idOf = (item: unknown): string | null => {
    if (typeof item === 'string') return item;
    const { artifact_id: artifact, id } = record(item);
    return typeof artifact === 'string' ? artifact : typeof id === 'string' ? id : null;
  };
  const named = Array.isArray(value) ? value.map((item: unknown) => [idOf(item) ?? '', item] as const) : Object.entries(record(value));
  return named.flatMap(([name, item]) => {
    const artifact = idOf(item);
    return artifact === null ? [] : [{ kind: 'artifact', path: `input/${name}`, artifact, file: null } as const];
  });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}
