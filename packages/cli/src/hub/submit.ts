import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { HubClient, Job, SubmitJob } from '@juqueue/client/hub';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { parseDuration } from '../output/times.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';
import { connectHub } from './hub-login.ts';

/** What a job is submitted with. */
export interface SubmitOptions {
  readonly queue?: string;
  readonly name?: string;
  readonly profile?: string;
  readonly image?: string;
  readonly input?: string;
  readonly file?: readonly string[];
  readonly artifact?: readonly string[];
  readonly env?: readonly string[];
  readonly slots?: number;
  readonly cpus?: number;
  readonly gpus?: number;
  readonly mem?: string;
  readonly timeLimit?: string;
  readonly priority?: number;
  readonly cluster?: string;
  readonly dedupe?: boolean;
  readonly wait?: boolean;
}

/** What is larger travels as an artifact. */
const largestInlineBytes = 65_536;

/** Submits a command as it stands: an argument vector, never text for a shell. */
export async function submit(context: VerbContext, command: readonly string[], options: SubmitOptions): VerbResult {
  const [only] = command;
  if (command.length === 1 && only !== undefined && /\s/.test(only)) {
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      `'${only}' is one word with spaces in it, expected a program and its arguments.`,
      `For a shell: juqueue submit -- sh -c '${only}'`,
    );
  }
  if (command.length === 0 && options.profile === undefined)
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      'No command is given, and no profile that has one.',
      'For example: juqueue submit -- python3 train.py --lr 0.1',
    );
  const client = await connectHub();
  return send(
    context,
    client,
    await jobOf(client, options, command.length === 0 ? {} : { command: { kind: 'argv', argv: command } }),
    options,
  );
}

/** Submits a program of this machine with its arguments; it is in the folder `files` of the job. */
export async function runFile(
  context: VerbContext,
  file: string,
  args: readonly string[],
  options: SubmitOptions & { readonly runner?: string },
): VerbResult {
  const client = await connectHub();
  const path = `files/${basename(file)}`;
  const runner = options.runner === undefined || options.runner === '' ? [] : [options.runner];
  const argv = [...runner, runner.length === 0 ? `./${path}` : path, ...args];
  return send(
    context,
    client,
    await jobOf(client, { ...options, file: [`${file}:${path}`, ...(options.file ?? [])] }, { command: { kind: 'argv', argv } }),
    options,
  );
}

async function jobOf(client: HubClient, options: SubmitOptions, more: SubmitJob): Promise<SubmitJob> {
  const { queue, name, profile, image, priority, cluster } = options;
  const resources = {
    slots: options.slots ?? 1,
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    ...(options.gpus === undefined ? {} : { gpus: options.gpus }),
    ...(options.mem === undefined ? {} : { mem: sizeOf(options.mem) }),
  };
  return {
    queue,
    name,
    profile,
    image,
    priority,
    cluster,
    ...(options.input === undefined ? {} : { input: await inputOf(options.input) }),
    files: [...(await Promise.all((options.file ?? []).map((file) => fileOf(client, file)))), ...(options.artifact ?? []).map(artifactOf)],
    env: Object.fromEntries((options.env ?? []).map(variableOf)),
    resources,
    ...(options.timeLimit === undefined ? {} : { timeLimitMs: timeLimitOf(options.timeLimit) }),
    ...(options.dedupe === true ? { dedupe: 'content' } : {}),
    ...more,
  };
}

async function send({ terminal, options: { json } }: VerbContext, client: HubClient, job: SubmitJob, options: SubmitOptions): VerbResult {
  const submitted = await client.submit(job, { idempotencyKey: randomUUID() });
  if (options.wait !== true) {
    if (json === true) printJson(terminal, submitted);
    else terminal.out(`${submitted.id}\n`);
    return exitCodes.ok;
  }
  if (json !== true) terminal.err(`${submitted.id}  ${submitted.status}${submitted.waitsFor === null ? '' : ` (${submitted.waitsFor})`}`);
  const copying =
    json === true ? [] : [copy(client, submitted.id, 'stdout', process.stdout), copy(client, submitted.id, 'stderr', process.stderr)];
  const ended = await client.wait(submitted.id);
  await Promise.all(copying);
  if (json === true) printJson(terminal, ended);
  else if (ended.status !== 'finished') terminal.err(howItEnded(ended));
  return exitCodeOf(ended);
}

function howItEnded({ status, reason, result, detail }: Job): string {
  const exit = result?.exitCode == null ? null : `exit code ${result.exitCode}`;
  const words = [status, reason, exit].filter((word) => word !== null).join(', ');
  return detail === null ? words : `${words}: ${detail}`;
}

async function copy(client: HubClient, id: string, stream: 'stdout' | 'stderr', to: NodeJS.WriteStream): Promise<void> {
  for await (const bytes of client.log(id, { stream, follow: true })) to.write(bytes);
}

/** As for runs: 10 when it failed, 11 when it did not come to its end. */
export function exitCodeOf({ status }: Pick<Job, 'status'>): ExitCode {
  if (status === 'finished') return exitCodes.ok;
  return status === 'cancelled' ? exitCodes.runsInactive : exitCodes.runsFailed;
}

/** `PATH` or `PATH:TARGET`. Small files travel with the job, larger ones as an artifact. */
async function fileOf(client: HubClient, text: string): Promise<NonNullable<SubmitJob['files']>[number]> {
  const colon = text.indexOf(':');
  const source = colon === -1 ? text : text.slice(0, colon);
  const path = colon === -1 ? basename(source) : text.slice(colon + 1);
  const stats = await stat(source).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(exitCodes.badInput, 'JQ_BAD_REQUEST', `The file ${source} cannot be read: ${error.code ?? error.message}.`);
  });
  if (!stats.isFile()) throw new CommandError(exitCodes.badInput, 'JQ_BAD_REQUEST', `${source} is not a file.`);
  const bytes = await readFile(source);
  if (bytes.length <= largestInlineBytes)
    return { kind: 'inline', path, contentBase64: bytes.toString('base64'), mode: stats.mode & 0o777 };
  const artifact = await client.createArtifact([[basename(path), new Uint8Array(bytes)]], { name: basename(path) });
  return { kind: 'artifact', path, artifact: artifact.id, file: basename(path) };
}

/** `ID`, `ID:TARGET` or `ID/FILE:TARGET`. */
function artifactOf(text: string): NonNullable<SubmitJob['files']>[number] {
  const [, artifact = '', file, path] = /^([^/:]+)(?:\/([^:]+))?(?::(.+))?$/.exec(text) ?? [];
  if (artifact === '')
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--artifact is '${text}', expected ID, ID:TARGET or ID/FILE:TARGET.`);
  return { kind: 'artifact', artifact, file: file ?? null, path: path ?? (file === undefined ? artifact : basename(file)) };
}

function variableOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--env is '${text}', expected NAME=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** JSON, or `@file` that holds it. */
async function inputOf(text: string): Promise<unknown> {
  const json = text.startsWith('@') ? await readFile(text.slice(1), 'utf8') : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      `--input is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      'Give JSON, or @file with JSON in it.',
    );
  }
}

function timeLimitOf(text: string): number {
  const limitMs = parseDuration(text);
  if (limitMs === null)
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--time-limit is '${text}', expected a duration such as 90s, 10m or 1h30m.`);
  return limitMs;
}

function sizeOf(text: string): number {
  const [, count, prefix = '', binary = ''] = /^(\d+(?:\.\d+)?) ?([kMGTP])(i?)B?$/i.exec(text) ?? [];
  if (count === undefined)
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--mem is '${text}', expected a size with its unit, such as 8GB or 512MiB.`);
  return Math.round(Number(count) * (binary === '' ? 1_000 : 1_024) ** ('kmgtp'.indexOf(prefix.toLowerCase()) + 1));
}
