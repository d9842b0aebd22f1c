import type { Attempt, RunDetail, Usage } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { statusTint } from '../output/status-tint.ts';
import { table } from '../output/table.ts';
import { ago, shortDuration } from '../output/times.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** One run: what it is, what it does, and what became of each attempt. */
export async function show(
  context: VerbContext,
  id: string,
  options: { readonly script?: boolean; readonly attempt?: number } = {},
): VerbResult {
  const { client } = await context.connect();
  if (options.script === true) {
    const answer = await client.call('getScript', { path: { id }, query: { attempt: options.attempt } });
    if (context.options.json === true) printJson(context.terminal, answer);
    else context.terminal.out(answer.script);
    return exitCodes.ok;
  }
  const [run, { attempts }] = await Promise.all([client.call('getRun', { path: { id } }), client.call('listAttempts', { path: { id } })]);
  const { terminal } = context;
  if (context.options.json === true) {
    printJson(terminal, { run, attempts });
    return exitCodes.ok;
  }
  const nowMs = context.nowMs();
  terminal.out(
    `${run.id}  ${terminal.tint(statusTint[run.status], run.status)} (${run.reason})${run.detail === null ? '' : `  ${run.detail}`}\n`,
  );
  terminal.out(
    facts(run, nowMs)
      .map(([name, value]) => `  ${name.padEnd(11)}${value}\n`)
      .join(''),
  );
  if (attempts.length > 0) terminal.out(`\n${attemptTable(attempts, nowMs)}`);
  if (run.usage !== null) terminal.out(`\nSo far attempt ${run.attempt} has used ${usageSentence(run.usage)}.\n`);
  const used = attempts.findLast(({ outcome }) => outcome?.usage !== undefined);
  if (used?.outcome?.usage !== undefined) terminal.out(`\nAttempt ${used.attempt} used ${usageSentence(used.outcome.usage)}.\n`);
  return exitCodes.ok;
}

function facts(run: RunDetail, nowMs: number): readonly (readonly [name: string, value: string])[] {
  const { definition, execution } = run;
  const optional = (name: string, value: string | null): readonly (readonly [string, string])[] =>
    value === null || value === '' ? [] : [[name, value]];
  const pairs = Object.entries(run.parameters).map(([name, value]) => `${name}=${value}`);
  const environment = Object.entries(definition.executor.env).map(([name, value]) => `${name}=${value}`);
  return [
    ['command', definition.cmd.map(quoted).join(' ')],
    ...optional('parameters', pairs.join(' ')),
    ...optional('env', environment.join(' ')),
    ['directory', run.directory],
    ['clusters', run.clusters.join(', ')],
    [
      'resources',
      Object.entries(definition.resources)
        .map(([name, amount]) => `${name} ${amount}`)
        .join(', '),
    ],
    ...optional('depends on', definition.dependsOn.join(', ')),
    ['created', ago(run.createdAtMs, nowMs)],
    ...optional(
      'node',
      execution === null ? null : `${execution.node}, slots ${execution.slots.join(',')}, process ${execution.pid ?? '-'}`,
    ),
    ...optional('expected', expectation(run)),
    ...optional('progress', run.progress === null ? null : `${Math.round(run.progress * 100)}% ${run.progressText ?? ''}`.trim()),
    ...optional('checkpoint', run.checkpointAtMs === null ? null : ago(run.checkpointAtMs, nowMs)),
  ];
}

/** How long it will take, and how that is known. */
function expectation({ expected, status }: RunDetail): string | null {
  if (expected === null) return null;
  const by = expected.by === null ? '' : ` from runs of the same ${expected.by}`;
  return `${shortDuration(expected.ms)}${status === 'running' ? ' more' : ''} (${expected.source}${by})`;
}

function usageSentence({ meanCores, maxCores, meanRssBytes, maxRssBytes, readBytes, writtenBytes, gpu }: Usage): string {
  const devices =
    gpu === null
      ? ''
      : `, ${gpu.meanPercent} % of its devices (at most ${gpu.maxPercent} %) with ${gigabytes(gpu.maxMemoryBytes)} of their memory`;
  return `${meanCores} cores (at most ${maxCores}), ${gigabytes(meanRssBytes)} of memory (at most ${gigabytes(maxRssBytes)})${devices}, read ${gigabytes(readBytes)} and wrote ${gigabytes(writtenBytes)}`;
}

function gigabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

function attemptTable(attempts: readonly Attempt[], nowMs: number): string {
  const rows = attempts.map((attempt) => [
    String(attempt.attempt),
    attempt.node,
    attempt.startedAtMs === null ? '-' : shortDuration((attempt.endedAtMs ?? nowMs) - attempt.startedAtMs),
    ago(attempt.endedAtMs, nowMs),
    attempt.outcome === null ? 'executing' : attempt.outcome.detail,
  ]);
  return table(['>TRY', 'NODE', '>TOOK', '>ENDED', 'OUTCOME'], rows);
}

/** For reading, not for pasting: a word that a shell would cut is shown as JSON. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}
