import type { ApiClient, Run, RunPage, Selector } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { statusTint } from '../output/status-tint.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { ago, shortDuration } from '../output/times.ts';
import { selectorOf } from '../selector-options.ts';
import type { SelectorOptions } from '../selector-options.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface RunsOptions extends SelectorOptions {
  readonly sort?: string;
  readonly limit?: number;
  readonly all?: boolean;
  readonly names?: boolean;
}

const pageSize = 1000;
const defaultLimit = 200;

/** Runs that a selector means, as a table, as names, or as JSON. */
export async function runs(context: VerbContext, words: readonly string[], options: RunsOptions): VerbResult {
  const { client } = await context.connect();
  const limit = options.all === true ? Number.POSITIVE_INFINITY : (options.limit ?? defaultLimit);
  const page = await readPages(client, selectorOf(words, options), options.sort, limit);
  const { terminal } = context;
  if (context.options.json === true) {
    printJson(terminal, page);
  } else if (options.names === true) {
    terminal.out(page.runs.map((run) => `${run.id}\n`).join(''));
  } else {
    terminal.out(runTable(page.runs, terminal, context.nowMs()));
  }
  if (page.nextCursor !== null) terminal.err(`${page.runs.length} of ${page.total ?? 'more'} runs are shown; --all shows every one.`);
  return exitCodes.ok;
}

async function readPages(client: ApiClient, selector: Selector, sort: string | undefined, limit: number): Promise<RunPage> {
  const found: Run[] = [];
  let cursor: string | undefined;
  for (;;) {
    const query = { ...selector, sort: sort as never, cursor, limit: Math.min(pageSize, limit - found.length), count: cursor === undefined };
    const page = await client.call('listRuns', { query });
    found.push(...page.runs);
    if (page.nextCursor === null || found.length >= limit) return { ...page, runs: found };
    cursor = page.nextCursor;
  }
}

function runTable(rows: readonly Run[], terminal: Terminal, nowMs: number): string {
  const varying = varyingParameters(rows);
  const cells = rows.map((run) => [
    run.id,
    terminal.tint(statusTint[run.status], run.status),
    run.reason === run.status ? '' : run.reason,
    ...varying.map((name) => String(run.parameters[name] ?? '-')),
    String(run.attempt),
    run.node ?? '-',
    took(run, nowMs),
    ago(run.endedAtMs, nowMs),
  ]);
  return table(['RUN', 'STATUS', 'REASON', ...varying, '>TRY', 'NODE', '>TOOK', '>ENDED'], cells);
}

/** Parameters that differ between the rows, at most six: the others say nothing. */
function varyingParameters(rows: readonly Run[]): readonly string[] {
  const names = new Set(rows.flatMap((run) => Object.keys(run.parameters)));
  return [...names].filter((name) => new Set(rows.map((run) => run.parameters[name])).size > 1).slice(0, 6);
}

function took(run: Run, nowMs: number): string {
  if (run.startedAtMs === null) return '-';
  return shortDuration((run.endedAtMs ?? nowMs) - run.startedAtMs);
}
