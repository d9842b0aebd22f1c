import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Accounting } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { groupings } from '../report/account-rows.ts';
import type { Grouping } from '../report/account-rows.ts';
import { wholeAccounting } from '../report/accounting-pages.ts';
import { accountSentences } from '../report/sentences.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';
import { version } from '../version.ts';

export interface ReportOptions {
  readonly by?: string;
  readonly allocations?: boolean;
  readonly csv?: boolean;
  readonly site?: boolean;
  readonly html?: string;
}

/** What was billed, by cluster, experiment, day or allocation, where it went, and what that means. */
export async function report(context: VerbContext, options: ReportOptions): VerbResult {
  const { terminal } = context;
  const isJson = context.options.json === true;
  const asked = askedGroupings(options);
  if (options.site === true) return await printSites(context, isJson);
  if (options.html !== undefined) return await writePage(context, resolve(options.html));
  const accounting = await wholeAccounting(context, isJson || asked.includes('allocation'));
  if (isJson) {
    printJson(terminal, accounting);
  } else if (options.csv === true) {
    const { accountCsv } = await import('../report/report-csv.ts');
    terminal.out(asked.map((grouping) => accountCsv(grouping, accounting)).join('\r\n'));
  } else {
    await printTables(context, asked, accounting);
  }
  return exitCodes.ok;
}

async function printTables(context: VerbContext, asked: readonly Grouping[], accounting: Accounting): Promise<void> {
  const { terminal } = context;
  const { accountTable } = await import('../report/report-tables.ts');
  for (const grouping of asked) {
    const table = accountTable(grouping, accounting);
    if (table !== '') terminal.out(`${table}\n`);
  }
  const { client } = await context.connect();
  const { hints } = await client.call('listHints', {});
  terminal.out([...accountSentences(accounting), ...hints.map(({ sentence }) => sentence)].map((sentence) => `${sentence}\n`).join(''));
}

async function printSites(context: VerbContext, isJson: boolean): VerbResult {
  const { client } = await context.connect();
  const account = await client.call('getSiteAccount', {});
  if (isJson) printJson(context.terminal, account);
  else context.terminal.out((await import('../report/site-account-text.ts')).siteAccountText(account));
  return exitCodes.ok;
}

/** What runs and nodes did when is read from the history: as many lines as there were events. */
async function writePage(context: VerbContext, file: string): VerbResult {
  const { client, workDir } = await context.connect();
  const { LaneBook } = await import('../report/page/timeline-lanes.ts');
  const { reportPage } = await import('../report/page/report-page.ts');
  const book = new LaneBook();
  for await (const event of client.events({})) book.follow(event);
  const accounting = await wholeAccounting(context, true);
  const page = reportPage({ workDir, version, accounting, lanes: book.lanes(accounting.allocations, accounting.asOfMs) });
  await writeFile(file, page).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(exitCodes.badInput, 'JQ_BAD_REQUEST', `The page cannot be written to ${file}: ${error.message}.`);
  });
  context.terminal.err(`Written to ${file}.`);
  return exitCodes.ok;
}

/** One table for CSV unless more are asked for; for people those that fit on a screen. */
function askedGroupings({ by, allocations, csv }: ReportOptions): readonly Grouping[] {
  if (by === undefined)
    return [
      ...(csv === true ? (['cluster'] as const) : (['cluster', 'experiment'] as const)),
      ...(allocations === true ? (['allocation'] as const) : []),
    ];
  return by.split(',').map((word) => {
    const found = groupings.find((grouping) => grouping === word.trim());
    if (found === undefined)
      throw new CommandError(
        exitCodes.usage,
        'JQ_BAD_REQUEST',
        `--by is '${word.trim()}', expected ${groupings.join(', ')}, or several of them with commas.`,
      );
    return found;
  });
}
