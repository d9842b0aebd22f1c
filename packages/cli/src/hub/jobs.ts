import { constants } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createHash } from 'node:crypto';
import { ApiError } from '@juqueue/client/hub';
import type { HubClient, Job, JobSummary } from '@juqueue/client/hub';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';
import { connectHub } from './hub-login.ts';
import { expectJobId } from './job-id.ts';
import { exitCodeOf } from './submit.ts';

const jobStatuses = ['created', 'queued', 'claimed', 'running', 'finished', 'failed', 'cancelled', 'dead'] as const;

/** Your jobs at the hub, newest first. */
export async function jobs(
  context: VerbContext,
  options: { readonly status?: readonly string[]; readonly queue?: string; readonly limit?: number },
): VerbResult {
  const wrong = options.status?.find((status) => !jobStatuses.some((known) => known === status));
  if (wrong !== undefined)
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--status is '${wrong}', expected one of ${jobStatuses.join(', ')}.`);
  const status = jobStatuses.filter((known) => options.status?.includes(known) === true);
  const page = await (
    await connectHub()
  ).call('listJobs', {
    query: {
      limit: options.limit ?? 50,
      ...(status.length === 0 ? {} : { status }),
      ...(options.queue === undefined ? {} : { queue: options.queue }),
    },
  });
  if (context.options.json === true) {
    printJson(context.terminal, page);
    return exitCodes.ok;
  }
  context.terminal.out(table(['JOB', 'STATUS', 'NAME', 'QUEUE', 'AGENT', '>EXIT'], page.jobs.map(rowOf)));
  if (page.nextCursor !== null) context.terminal.err('There are older ones: --limit shows more.');
  return exitCodes.ok;
}

function rowOf({ id, status, order, attempt, result, waitsFor }: JobSummary): readonly string[] {
  return [
    id,
    waitsFor === null ? status : `${status} (${waitsFor})`,
    order.name ?? '-',
    order.queue,
    attempt?.agent ?? '-',
    result?.exitCode == null ? '-' : String(result.exitCode),
  ];
}

/** One job: how it stands, its result, and its history. */
export async function job(context: VerbContext, id: string): VerbResult {
  const asked = expectJobId(id);
  const client = await connectHub();
  const found = await client.job(asked);
  if (context.options.json === true) {
    printJson(context.terminal, found);
    return exitCodes.ok;
  }
  const { events } = await client.call('getJobHistory', { path: { id } });
  const { terminal } = context;
  terminal.out(
    `${found.id}  ${found.status}${found.reason === null ? '' : `, ${found.reason}`}${found.detail === null ? '' : `: ${found.detail}`}\n`,
  );
  if (found.progress !== null)
    terminal.out(
      `progress  ${found.progress.fraction === null ? '' : `${Math.round(found.progress.fraction * 100)} % `}${found.progress.message ?? ''}\n`,
    );
  if (found.result !== null) terminal.out(resultText(found.result));
  terminal.out(
    `\n${table(
      ['AT', 'WHAT', 'BY', 'DETAIL'],
      events.map(({ atMs, kind, actor, detail }) => [new Date(atMs).toISOString(), kind, actor, detail ?? '']),
    )}`,
  );
  return exitCodes.ok;
}

function resultText(result: NonNullable<Job['result']>): string {
  const lines = [
    `exit code ${result.exitCode ?? '-'}${result.signal === null ? '' : `, signal ${result.signal}`}`,
    ...(result.output === null ? [] : [`output    ${JSON.stringify(result.output)}`]),
    ...(result.outputArtifact === null ? [] : [`files     juqueue get ${result.outputArtifact}`]),
    ...(result.place.run === null
      ? []
      : [`ran as    ${[result.place.run, result.place.node, result.place.cluster].filter((part) => part !== null).join(' on ')}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What a job wrote: its stdout on ours, its stderr on ours. */
export async function jobLogs(
  context: VerbContext,
  id: string,
  options: { readonly stdout?: boolean; readonly stderr?: boolean; readonly follow?: boolean },
): VerbResult {
  const client = await connectHub();
  const streams =
    options.stdout === options.stderr
      ? (['stdout', 'stderr'] as const)
      : options.stdout === true
        ? (['stdout'] as const)
        : (['stderr'] as const);
  await Promise.all(
    streams.map(async (stream) => {
      for await (const bytes of client.log(id, { stream, follow: options.follow === true })) {
        if (stream === 'stdout') context.terminal.raw(bytes);
        else process.stderr.write(bytes);
      }
    }),
  );
  return exitCodes.ok;
}

/** Asks for the end of jobs. */
export async function cancelJobs(context: VerbContext, ids: readonly string[]): VerbResult {
  const client = await connectHub();
  for (const id of ids) await client.cancel(id);
  context.terminal.err(`${ids.length} job${ids.length === 1 ? '' : 's'} cancelled.`);
  return exitCodes.ok;
}

/** Files of a job's outputs, or of an artifact, into a folder. Each is complete and checked when it has its name. */
export async function get(context: VerbContext, id: string, options: { readonly output?: string }): VerbResult {
  const client = await connectHub();
  const found = await client.job(id).catch(() => null);
  const artifact = found === null ? id : (found.result?.outputArtifact ?? null);
  if (artifact === null)
    throw new CommandError(
      exitCodes.noMatch,
      'JQ_NOT_FOUND',
      `The job ${id} is ${found?.status ?? 'unknown'} and has left no files.`,
      'juqueue logs shows what it wrote.',
    );
  const folder = resolve(options.output ?? '.');
  let count = 0;
  for await (const { path, sha256 } of client.files(artifact)) {
    await fetchFile(client, artifact, path, sha256, folder);
    count += 1;
    context.terminal.out(`${path}\n`);
  }
  context.terminal.err(`${count} files in ${folder}.`);
  return exitCodes.ok;
}

async function fetchFile(client: HubClient, artifact: string, path: string, sha256: string | null, folder: string): Promise<void> {
  if (path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw new CommandError(exitCodes.unexpected, 'JQ_INTERNAL', `The hub names the file '${path}', which leads out of its folder.`);
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.part`;
  const hash = createHash('sha256');
  {
    await using handle = await open(partial, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o666);
    for await (const bytes of await client.download(artifact, path)) {
      hash.update(bytes);
      await handle.write(bytes);
    }
  }
  const found = hash.digest('hex');
  if (sha256 !== null && sha256 !== found)
    throw new CommandError(
      exitCodes.unexpected,
      'JQ_INTERNAL',
      `'${path}' came with the SHA-256 ${found}, expected ${sha256}.`,
      'Repeat the command.',
    );
  await rename(partial, target);
}

/** Jobs as they end, oldest first, one line each. Readers do not disturb each other: a named one goes on where it was. */
export async function results(
  context: VerbContext,
  options: { readonly follow?: boolean; readonly reader?: string; readonly queue?: string },
): VerbResult {
  const client = await connectHub();
  const { reader } = options;
  let after = reader === undefined ? 0 : (await client.call('getReader', { path: { name: reader } })).afterSeq;
  for await (const event of keptEvents(context, client, {
    after,
    follow: options.follow === true,
    ...(options.queue === undefined ? {} : { queue: options.queue }),
  })) {
    after = event.seq;
    if (!['finished', 'failed', 'cancelled', 'dead'].includes(event.status)) continue;
    if (context.options.json === true) printJson(context.terminal, await client.job(event.job));
    else
      context.terminal.out(
        `${new Date(event.atMs).toISOString()}  ${event.job}  ${event.status}${event.exitCode === null ? '' : `  exit code ${event.exitCode}`}\n`,
      );
    if (reader !== undefined) await client.call('putReader', { path: { name: reader }, body: { after } });
  }
  return exitCodes.ok;
}

/** A reader that was away for too long hears it, and goes on with the oldest event that there is. */
async function* keptEvents(
  { terminal }: VerbContext,
  client: HubClient,
  query: NonNullable<Parameters<HubClient['events']>[0]>,
): ReturnType<HubClient['events']> {
  try {
    yield* client.events(query);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'JQ_EVENTS_GONE') throw error;
    terminal.err(`${error.message} Goes on with the oldest that there is.`);
    yield* client.events({ ...query, after: 0 });
  }
}

/** Ends when the job has; as it did. */
export async function waitForJob(context: VerbContext, id: string): VerbResult {
  const ended = await (await connectHub()).wait(id);
  context.terminal.err(`${ended.status}${ended.result?.exitCode == null ? '' : `, exit code ${ended.result.exitCode}`}.`);
  return exitCodeOf(ended);
}
