import type { FailureGroup } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { ago } from '../output/times.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface FailuresOptions {
  readonly experiment?: string;
  readonly limit?: number;
}

/** Failed runs by what went wrong, the most frequent first, with the selector that means each group. */
export async function failures(context: VerbContext, { experiment, limit }: FailuresOptions): VerbResult {
  const { client } = await context.connect();
  const page = await client.call('listFailures', { query: { experiment, limit } });
  const { terminal } = context;
  if (context.options.json === true) {
    printJson(terminal, page);
    return exitCodes.ok;
  }
  const [largest] = page.groups;
  if (largest === undefined) {
    terminal.out(`No run ${experiment === undefined ? '' : `of ${experiment} `}is failed.\n`);
    return exitCodes.ok;
  }
  const nowMs = context.nowMs();
  const rows = page.groups.map((group) => [
    String(group.count),
    group.id,
    where(group),
    ago(group.lastAtMs, nowMs),
    group.example.run,
    whatWentWrong(group),
  ]);
  terminal.out(table(['>RUNS', 'FAILURE', 'EXPERIMENTS', '>LAST', 'EXAMPLE', 'WHAT WENT WRONG'], rows));
  if (page.groupCount > page.groups.length)
    terminal.err(`${page.groups.length} of ${page.groupCount} kinds of failure are shown; --limit shows more.`);
  terminal.err(`One in full: juqueue logs ${largest.example.run}. All of a kind again: juqueue resume failure:${largest.id}`);
  return exitCodes.ok;
}

/** Of one run its own words, of several what they have in common. */
function whatWentWrong({ count, signature, example }: FailureGroup): string {
  return count === 1 ? (example.detail ?? signature) : signature;
}

function where({ experiments, count }: FailureGroup): string {
  const names = experiments.slice(0, 2).map(({ name }) => name);
  const isAll = experiments.slice(0, 2).reduce((sum, each) => sum + each.count, 0) === count;
  return `${names.join(', ')}${isAll ? '' : ', …'}`;
}
