import type { ApiClient, Run, RunPage, Selector } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { selectorOf } from '../selector-options.ts';
import type { SelectorOptions } from '../selector-options.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';
import { formatRuns, readFormat } from './runs-output.ts';

export interface RunsOptions extends SelectorOptions {
  readonly sort?: string;
  readonly limit?: number;
  readonly all?: boolean;
  readonly names?: boolean;
  readonly output?: string;
  readonly fields?: string;
  readonly watch?: boolean;
}

const pageSize = 1000;
const defaultLimit = 200;
const watchIntervalMs = 2_000;

/** Runs that a selector means, as a table, as names, as tab-separated values, or as JSON; with `watch` what changes of them. */
export async function runs(context: VerbContext, words: readonly string[], options: RunsOptions): VerbResult {
  const { client } = await context.connect();
  const format = readFormat(options.names === true ? 'name' : options.output);
  const fields = options.fields?.split(',').map((field) => field.trim()) ?? null;
  const limit = options.all === true ? Number.POSITIVE_INFINITY : (options.limit ?? defaultLimit);
  const read = (): Promise<RunPage> =>
    readPages(client, { ...selectorOf(words, options), fields: fields ?? undefined }, options.sort, limit);
  const { terminal } = context;
  const print = (rows: readonly Run[]): void => terminal.out(formatRuns(rows, format, fields, terminal, context.nowMs()));
  if (options.watch === true) return watch(context, read, print);
  const page = await read();
  if (context.options.json === true) printJson(terminal, page);
  else print(page.runs);
  if (page.nextCursor !== null)
    terminal.err(
      `${page.total === null ? `The first ${page.runs.length} runs` : `${page.runs.length} of ${page.total} runs`} are shown; --all shows every one.`,
    );
  return exitCodes.ok;
}

/** On a terminal the table is drawn anew; elsewhere, and as JSON, each run that is new or has changed is told, one line each. */
async function watch(context: VerbContext, read: () => Promise<RunPage>, print: (rows: readonly Run[]) => void): VerbResult {
  const { terminal } = context;
  const told = new Map<string, string>();
  for (;;) {
    const page = await read();
    const changed = page.runs.filter((run) => told.get(run.id) !== JSON.stringify(run));
    for (const run of changed) told.set(run.id, JSON.stringify(run));
    if (context.options.json === true) for (const run of changed) printJson(terminal, run);
    else if (!terminal.isOutTerminal) print(changed);
    else if (changed.length > 0) {
      terminal.raw('\u001b[H\u001b[2J');
      print(page.runs);
    }
    await context.sleep(watchIntervalMs);
  }
}

async function readPages(
  client: ApiClient,
  selector: Selector & { readonly fields?: readonly string[] | undefined },
  sort: string | undefined,
  limit: number,
): Promise<RunPage> {
  const found: Run[] = [];
  let cursor: string | undefined;
  for (;;) {
    const query = { ...selector, sort, cursor, limit: Math.min(pageSize, limit - found.length), count: cursor === undefined };
    const page = await client.call('listRuns', { query });
    found.push(...page.runs);
    if (page.nextCursor === null || found.length >= limit) return { ...page, runs: found };
    cursor = page.nextCursor;
  }
}
