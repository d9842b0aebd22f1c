import { JuqueueError } from '@juqueue/core';
import { checkedFilePath } from '../../artifacts/file-path.ts';
import type { SubmittedJob } from '../../jobs/read-submission.ts';
import type { JobFile } from '../../model/job.ts';
import { objectOf, textOf } from '../requests.ts';
import { builtImage, isRepository } from './build.ts';
import { durationMs } from './definition.ts';

export interface DataReference {
  readonly name: string;
  readonly type: 'base64' | 'utf8' | 'json' | 'key' | 'url';
  readonly value: unknown;
}

/** Under which a job of the hub has the id of its definition. */
export const idLabel = 'compute-queues.id';
const inlineBytes = 65_536;

/** Inputs of a definition by name, and its files by path. Throws `JQ_BAD_REQUEST` and `JQ_BAD_PATH`. */
export function referencesOf(definition: Readonly<Record<string, unknown>>, key: 'inputs' | 'configFiles'): readonly DataReference[] {
  return Object.entries(objectOf(definition[key]) ?? {}).map(([name, reference]) => {
    const { type = 'utf8', value } = objectOf(reference) ?? {};
    if (type !== 'base64' && type !== 'utf8' && type !== 'json' && type !== 'key' && type !== 'url')
      throw new JuqueueError('JQ_BAD_REQUEST', `${key}.${name}.type is '${String(type)}', expected base64, utf8, json, key or url.`);
    return { name: checkedFilePath(name.replace(/^\/+/, '')), type, value };
  });
}

/** The bytes of a reference that carries them itself; null when they lie elsewhere. */
export function inlineBytesOf({ type, value }: DataReference): Buffer | null {
  switch (type) {
    case 'utf8':
      return Buffer.from(String(value ?? ''));
    case 'base64':
      return Buffer.from(String(value ?? ''), 'base64');
    case 'json':
      return Buffer.from(JSON.stringify(value ?? null));
    case 'key':
    case 'url':
      return null;
  }
}

export function isInline(bytes: Buffer): boolean {
  return bytes.length <= inlineBytes;
}

/**
 * The definition as a job of the hub. Its image is executed with a shell that first makes `/inputs` and `/outputs` lead into the job's
 * folder, where the image lets it. `base` is the address of the hub as its clients see it.
 */
export function submissionOf(
  id: string,
  queue: string,
  definition: Readonly<Record<string, unknown>>,
  control: Readonly<Record<string, unknown>>,
  files: readonly JobFile[],
  base: string,
): SubmittedJob {
  const { cpus, gpus, memory, maxDuration } = objectOf(definition['requirements']) ?? {};
  const limits = [definition['maxDuration'], maxDuration, control['maxDuration']].map(durationMs).filter((each) => each !== null);
  const env = Object.fromEntries(
    Object.entries(objectOf(definition['env']) ?? {})
      .filter(([name]) => name !== 'channel')
      .map(([name, value]) => [name, String(value)]),
  );
  return {
    queue,
    image: imageOf(definition),
    command: { kind: 'argv', argv: ['/bin/sh', '-c', preparation, 'job', textOf(definition['workdir']) ?? '', ...argumentsOf(definition)] },
    files,
    env: {
      ...env,
      JOB_ID: id,
      JOB_INPUTS: '/work/inputs',
      JOB_OUTPUTS: '/work/outputs',
      JOB_CACHE: '/tmp',
      JOB_URL_PREFIX: `${base}/j/${id}`,
      JOB_INPUTS_URL_PREFIX: `${base}/j/${id}/inputs/`,
      JOB_OUTPUTS_URL_PREFIX: `${base}/j/${id}/outputs/`,
    },
    resources: { slots: 1, ...amount('cpus', cpus), ...amount('gpus', gpus), ...amount('mem', bytesOf(memory)) },
    ...(limits.length === 0 ? {} : { timeLimitMs: Math.min(...limits) }),
    callbacks: callbacksOf(id, queue, control),
    labels: { [idLabel]: id },
  };
}

/** Of a registry, or built from a repository. */
function imageOf(definition: Readonly<Record<string, unknown>>): string {
  const build = objectOf(definition['build']);
  if (build !== null) return builtImage(build);
  const image = textOf(definition['image']);
  if (image === null) throw new JuqueueError('JQ_BAD_REQUEST', 'definition.image is missing.');
  if (isRepository(image)) return builtImage({ context: image });
  return image.includes('://') ? image : `docker://${image}`;
}

/** Folder and command come as arguments: nothing of them is put into the text of the script. */
const preparation = [
  'mkdir -p /work/inputs /work/outputs',
  'ln -sfn /work/inputs /inputs 2>/dev/null',
  'ln -sfn /work/outputs /outputs 2>/dev/null',
  'if [ -n "$1" ]; then cd "$1" || exit 1; fi',
  'shift',
  'exec "$@"',
].join('\n');

function argumentsOf(definition: Readonly<Record<string, unknown>>): readonly string[] {
  const command = textOf(definition['command']);
  const entrypoint = textOf(definition['entrypoint']);
  if (command === null && entrypoint === null)
    throw new JuqueueError('JQ_BAD_REQUEST', 'definition.command is missing: the program of an image is not known to the hub.');
  return ['/bin/sh', '-c', [entrypoint, command].filter((part) => part !== null).join(' ')];
}

function amount(name: string, value: unknown): Readonly<Record<string, number>> {
  if (value === undefined || value === null) return {};
  if (!(typeof value === 'number' && Number.isFinite(value) && value >= 0))
    throw new JuqueueError('JQ_BAD_REQUEST', `requirements.${name} is ${JSON.stringify(value)}, expected a number.`);
  return value === 0 ? {} : { [name]: Math.ceil(value) };
}

function bytesOf(memory: unknown): number | null {
  if (memory === undefined || memory === null) return null;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(String(memory).trim()) ?? [];
  if (number === undefined)
    throw new JuqueueError('JQ_BAD_REQUEST', `requirements.memory is '${String(memory)}', expected a size such as 4G.`);
  return Math.ceil(Number(number) * 1_024 ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase()));
}

function callbacksOf(id: string, queue: string, control: Readonly<Record<string, unknown>>): NonNullable<SubmittedJob['callbacks']> {
  const namespace = textOf(control['namespace']) ?? '_';
  return Object.entries(objectOf(control['callbacks']) ?? {}).flatMap(([on, callback]) => {
    const { url, payload = null } = objectOf(callback) ?? {};
    if ((on !== 'queued' && on !== 'finished') || typeof url !== 'string') return [];
    return [{ on: [on], url, payload, fields: { jobId: id, queue, namespace, config: payload } }];
  });
}
