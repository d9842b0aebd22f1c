import { JuqueueError } from '@juqueue/core';
import type { ResourceVector } from '@juqueue/core';
import type { JobCallback, JobCommand, JobDefinition, JobFile, JobOrder } from '../model/job.ts';
import { addressObjection } from '../addresses/address-policy.ts';
import type { AddressPolicy } from '../addresses/address-policy.ts';
import { isBuild, readBuild } from '../model/build-reference.ts';

/** A submission as it came; what is left out has a default. */
export interface SubmittedJob {
  readonly queue?: string;
  readonly name?: string;
  readonly profile?: string;
  readonly image?: string;
  readonly command?: JobCommand;
  readonly input?: unknown;
  readonly files?: readonly JobFile[];
  readonly env?: Readonly<Record<string, string>>;
  readonly resources?: ResourceVector;
  readonly timeLimitMs?: number;
  readonly priority?: number;
  readonly retries?: number;
  readonly retryDelayMs?: number;
  readonly callbacks?: readonly JobCallback[];
  readonly dedupe?: 'content';
  readonly supersedes?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cluster?: string;
  readonly outputResidence?: 'hub' | 'cluster';
}

const mostInlineBytes = 65_536;

/** The job that is meant. Throws JQ_BAD_REQUEST, JQ_TOO_LARGE or JQ_CALLBACK_REFUSED with the key at fault. */
export function readSubmission(
  body: SubmittedJob,
  callbacks: AddressPolicy,
): { readonly definition: JobDefinition; readonly order: JobOrder } {
  const { profile = null, image = null, command = null, files = [] } = body;
  if (profile !== null && image !== null)
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `body has profile '${profile}' and image '${image}', expected at most one of them: a profile names its image.`,
    );
  if (profile !== null && !profile.includes('/'))
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `body.profile is '${profile}', expected processor/profile.`,
      'GET /api/v1/profiles lists those that agents offer.',
    );
  if (image !== null && isBuild(image)) readBuild(image);
  if (profile === null && command === null)
    throw new JuqueueError('JQ_BAD_REQUEST', 'body lacks command: only a profile has one of its own.');
  files.forEach((file, index) => checkFile(file, `body.files.${index}`));
  const paths = files.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new JuqueueError('JQ_BAD_REQUEST', `body.files has ${twice} twice.`);
  (body.callbacks ?? []).forEach(({ url }, index) => {
    const objection = addressObjection(url, callbacks);
    if (objection !== null)
      throw new JuqueueError(
        'JQ_CALLBACK_REFUSED',
        `body.callbacks.${index}.url: ${objection}.`,
        'Who runs this hub allows hosts with --callback-host.',
      );
  });
  return {
    definition: {
      profile,
      image,
      command,
      input: body.input ?? null,
      files,
      env: body.env ?? {},
      resources: body.resources ?? { slots: 1 },
      timeLimitMs: body.timeLimitMs ?? null,
    },
    order: {
      queue: body.queue ?? 'default',
      name: body.name ?? null,
      priority: body.priority ?? 0,
      retries: body.retries ?? 3,
      retryDelayMs: body.retryDelayMs ?? 30_000,
      callbacks: body.callbacks ?? [],
      supersedes: body.supersedes ?? null,
      labels: body.labels ?? {},
      cluster: body.cluster ?? null,
      outputResidence: body.outputResidence ?? 'hub',
    },
  };
}

function checkFile(file: JobFile, place: string): void {
  // All of an artifact may lie in the job's folder itself.
  if (file.kind === 'artifact' && file.file === null && file.path === '.') return;
  const parts = file.path.split('/');
  if (
    file.path === '' ||
    file.path.startsWith('/') ||
    file.path.includes('\0') ||
    parts.some((part) => part === '' || part === '.' || part === '..')
  ) {
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `${place}.path is '${file.path}', expected a relative path without '..' that stays below the folder of the job.`,
    );
  }
  if (file.kind !== 'inline') return;
  const bytes = Buffer.from(file.contentBase64, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== file.contentBase64.replace(/=+$/, ''))
    throw new JuqueueError('JQ_BAD_REQUEST', `${place}.contentBase64 is not base64.`);
  if (bytes.length > mostInlineBytes)
    throw new JuqueueError(
      'JQ_TOO_LARGE',
      `${place} has ${bytes.length} bytes, at most ${mostInlineBytes} come inline.`,
      'Upload it as an artifact and refer to that.',
    );
}
