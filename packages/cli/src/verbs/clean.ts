import type { CleanResult } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseDuration } from '../output/times.ts';
import { isEmpty, selectorOf } from '../selector-options.ts';
import type { SelectorOptions } from '../selector-options.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface CleanOptions extends SelectorOptions {
  readonly finished?: boolean;
  readonly older?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Deletes the folders of runs that have ended. What is deleted is gone, so it is always asked, or told with --yes. */
export async function clean(context: VerbContext, words: readonly string[], options: CleanOptions): VerbResult {
  const { terminal } = context;
  const states = [...(options.state ?? []), ...(options.finished === true ? ['finished'] : [])];
  const selector = selectorOf(words, states.length === 0 ? options : { ...options, state: states });
  if (isEmpty(selector))
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_SELECTOR',
      'No runs are named, which would mean every one.',
      "Say --finished, or: juqueue clean '*@*' when every run is meant.",
    );
  const olderThanMs = options.older === undefined ? undefined : parseDuration(options.older);
  if (olderThanMs === null)
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--older is '${options.older}', expected a time such as 12h or 30d.`);
  const { client } = await context.connect();
  const body = { selector, olderThanMs };
  const preview = await client.call('cleanRuns', { body: { ...body, dryRun: true } });
  if (preview.matched === 0)
    throw new CommandError(exitCodes.noMatch, 'JQ_RUN_NOT_FOUND', 'No run matches.', 'juqueue runs shows those there are.');
  if (options.dryRun === true) {
    if (context.options.json === true) printJson(terminal, preview);
    else terminal.out(`would delete ${folders(preview.cleaned)} of ${preview.matched} runs\n${leftAlone(preview)}`);
    return exitCodes.ok;
  }
  if (preview.cleaned > 0 && options.yes !== true) await requireConsent(context, preview);
  const result = await client.call('cleanRuns', { body: { ...body, expectCount: preview.matched } });
  if (context.options.json === true) printJson(terminal, result);
  else terminal.err(`${folders(result.cleaned)} of ${result.matched} runs deleted.\n${leftAlone(result)}`.trimEnd());
  return exitCodes.ok;
}

async function requireConsent({ terminal }: VerbContext, preview: CleanResult): Promise<void> {
  const question = `delete ${folders(preview.cleaned)} of ${preview.matched} runs, with outputs and logs`;
  if (!terminal.isInteractive)
    throw new CommandError(
      exitCodes.refused,
      'JQ_COUNT_CHANGED',
      `Nobody is here to be asked: ${question}?`,
      'Look with --dry-run, then repeat it with --yes.',
    );
  if (!(await terminal.confirm(`${question}?`))) throw new CommandError(exitCodes.refused, 'JQ_COUNT_CHANGED', 'Nothing was changed.');
}

function folders(count: number): string {
  return `the ${count === 1 ? 'folder' : 'folders'} of ${count}`;
}

function leftAlone({ skipped, skippedCount }: CleanResult): string {
  const shown = skipped.slice(0, 10).map(({ run, because }) => `  left alone: ${run}, ${because}\n`);
  return `${shown.join('')}${skippedCount > shown.length ? `  and ${skippedCount - shown.length} more\n` : ''}`;
}
