import type { JobDefinition, JobState } from '../../model/job.ts';
import { objectOf, textOf } from '../requests.ts';
import type { SubmittedJob } from '../../jobs/read-submission.ts';
import { JuqueueError } from '@juqueue/core';

/** The queue of the hub that carries these jobs, as its producer names it. */
export const jobsQueue = 'hpc-jobs';
export const resultsQueue = 'hpc-results';

/** A job as the producer takes it: `{task?, input?, metadata?}`. */
export interface ProducerJob {
  readonly task: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly metadata: unknown;
}

/** Null when nothing says what to execute. */
export function readProducerJob(body: Readonly<Record<string, unknown>>): ProducerJob | null {
  const task = textOf(body['task']);
  const input = objectOf(body['input']) ?? {};
  if (task === null && body['input'] === undefined) return null;
  return { task, input, metadata: body['metadata'] };
}

/**
 * The same as a job of the hub. `exec_mode: host` runs without a container. Else a command is given to a shell of the profile
 * `hpc-queue/shell`, and a task without a command is the program of the profile `hpc-queue/<task>`.
 */
export function submittedJob(id: string, { task, input, metadata }: ProducerJob): SubmittedJob {
  const command = textOf(input['command']);
  const isHost = input['exec_mode'] === 'host';
  if (isHost && command === null) throw new JuqueueError('JQ_BAD_REQUEST', "input.command is missing, which exec_mode 'host' needs.");
  const labels = {
    ...(task === null ? {} : { 'hpc-queue.task': task }),
    ...(metadata === undefined ? {} : { 'hpc-queue.metadata': JSON.stringify(metadata) }),
  };
  return {
    queue: jobsQueue,
    ...(isHost ? {} : { profile: `hpc-queue/${command === null ? (task ?? 'shell') : 'shell'}` }),
    ...(command === null ? {} : { command: { kind: 'argv' as const, argv: ['/bin/bash', '-lc', unquoted(command)] } }),
    input: { job_id: id, input },
    files: localFiles(input['local_files']),
    retries: 4,
    labels,
  };
}

/**
 * `q submit "ls -l /x"` sends one word in quotes, which a shell takes for the name of a program. A single quoted word with
 * blanks in it is the command that was meant.
 */
export function unquoted(command: string): string {
  const word = /^'((?:[^']|'"'"')*)'$/.exec(command.trim())?.[1];
  if (word === undefined) return command;
  const text = word.replaceAll(`'"'"'`, "'");
  return /\s/.test(text) ? text : command;
}

function localFiles(value: unknown): NonNullable<SubmittedJob['files']> {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new JuqueueError('JQ_BAD_REQUEST', 'input.local_files is no list.');
  return value.map((file: unknown, index) => {
    const { path, content_b64: contentBase64, mode = '644' } = objectOf(file) ?? {};
    if (typeof path !== 'string' || typeof contentBase64 !== 'string')
      throw new JuqueueError('JQ_BAD_REQUEST', `input.local_files.${index} lacks path or content_b64.`);
    return { kind: 'inline', path, contentBase64, mode: Number.parseInt(String(mode), 8) || 0o644 };
  });
}

/** What the producer puts into the queue. */
export function queueMessage(job: JobState, definition: JobDefinition): Readonly<Record<string, unknown>> {
  const { labels } = job.order;
  const metadata = labels['hpc-queue.metadata'];
  return {
    job_id: job.id,
    ...(labels['hpc-queue.task'] === undefined ? {} : { task: labels['hpc-queue.task'] }),
    input: objectOf(definition.input)?.['input'] ?? {},
    created_at: new Date(job.createdAtMs).toISOString(),
    ...(metadata === undefined ? {} : { metadata: JSON.parse(metadata) as unknown }),
  };
}

/** What its consumer tells when a job has ended. A job that did not end with 0 is `failed`, and so is one whose attempts are used up. */
export function resultEvent(job: JobState, definition: JobDefinition): Readonly<Record<string, unknown>> {
  const input = objectOf(objectOf(definition.input)?.['input']) ?? {};
  const { result } = job;
  const status = job.status === 'finished' ? 'completed' : 'failed';
  const iso = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());
  return {
    job_id: job.id,
    status,
    result_pointer:
      result?.outputArtifact === undefined || result.outputArtifact === null ? '' : `/api/v1/artifacts/${result.outputArtifact}`,
    event_type: result === null ? 'failed' : 'completed',
    exec_mode: textOf(input['exec_mode']) ?? 'container',
    command: textOf(input['command']) ?? '',
    workdir: result?.place.run ?? '',
    exit_code: result === null ? 1 : (result.exitCode ?? 1),
    stdout_tail: result?.stdoutTail ?? '',
    stderr_tail: result?.stderrTail ?? job.detail ?? '',
    started_at: iso(result?.startedAtMs ?? null),
    finished_at: iso(job.endedAtMs),
    attempts: job.attempts,
  };
}
