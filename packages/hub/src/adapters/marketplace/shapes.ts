import { JuqueueError } from '@juqueue/core';
import type { ArtifactFile } from '../../artifacts/model.ts';
import type { SubmittedJob } from '../../jobs/read-submission.ts';
import type { JobState } from '../../model/job.ts';
import { textOf } from '../requests.ts';

export const queue = 'marketplace';

/** The job that is meant; image and command are data, and never text of a script. */
export function newJob(body: Readonly<Record<string, unknown>>): SubmittedJob {
  const { ntasks_per_node: tasks = 1, partition = 'normal' } = body;
  const [image, command] = [textOf(body['image']), textOf(body['executable_cmd'])];
  if (image === null || command === null)
    throw new JuqueueError('JQ_BAD_REQUEST', `${image === null ? 'image' : 'executable_cmd'} is missing.`);
  if (!/^(docker|library|shub|oras|https?):\/\//.test(image))
    throw new JuqueueError('JQ_BAD_REQUEST', `image is '${image}', expected an address with docker, library, shub, oras, http or https.`);
  if (!(typeof tasks === 'number' && Number.isInteger(tasks) && tasks > 0))
    throw new JuqueueError('JQ_BAD_REQUEST', `ntasks_per_node is ${JSON.stringify(tasks)}, expected a positive number.`);
  if (partition !== 'debug' && partition !== 'normal')
    throw new JuqueueError('JQ_BAD_REQUEST', `partition is ${JSON.stringify(partition)}, expected debug or normal.`);
  const name = textOf(body['job_name']);
  return {
    queue,
    ...(name === null ? {} : { name }),
    image,
    command: { kind: 'argv', argv: ['/bin/sh', '-c', command] },
    resources: { slots: 1, cpus: tasks },
    priority: partition === 'debug' ? 1 : 0,
    labels: { 'marketplace.partition': partition },
  };
}

export function jobEntry(job: JobState) {
  return {
    _id: job.id,
    name: job.order.name,
    state: stateOf(job),
    created: new Date(job.createdAtMs).toISOString(),
    ended: job.endedAtMs === null ? null : new Date(job.endedAtMs).toISOString(),
    exit_code: job.result?.exitCode ?? null,
  };
}

/** What the job really does; before it is launched CREATED. */
function stateOf({ status }: JobState): string {
  const words = {
    created: 'CREATED',
    queued: 'ACTIVATED',
    claimed: 'ACTIVATED',
    running: 'RUNNING',
    finished: 'COMPLETED',
    failed: 'FAILED',
    cancelled: 'CANCELLED',
    dead: 'FAILED',
  } as const;
  return words[status];
}

export function listedFile({ path, sizeBytes }: ArtifactFile, owner: string, atMs: number) {
  return {
    name: path,
    size: String(sizeBytes),
    type: '-',
    permissions: 'rw-------',
    user: owner,
    group: owner,
    last_modified: new Date(atMs).toISOString().slice(0, 19),
    link_target: '',
  };
}
