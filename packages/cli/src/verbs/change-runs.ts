import type { RunCommandResult } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { isEmpty, selectorOf } from '../selector-options.ts';
import type { SelectorOptions } from '../selector-options.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface ChangeOptions extends SelectorOptions {
  readonly force?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Without a person to ask, more than this many runs need --yes. */
const mostUnasked = 100;

/**
 * Resumes or cancels what a selector means. First it counts; more than one run is confirmed on a terminal; then it acts
 * on exactly that number, or not at all when it has changed meanwhile.
 */
export async function changeRuns(context: VerbContext, verb: 'resume' | 'cancel', words: readonly string[], options: ChangeOptions): VerbResult {
  const selector = selectorOf(words, options);
  if (isEmpty(selector)) {
    throw new CommandError(exitCodes.usage, 'JQ_BAD_SELECTOR', `No runs are named, which would mean every one.`, `Say: juqueue ${verb} '*@*' when every run is meant.`);
  }
  const { client } = await context.connect();
  const { terminal } = context;
  const operation = verb === 'resume' ? 'resumeRuns' : 'cancelRuns';
  const body = { selector, force: options.force, reason: options.reason };
  const preview = await client.call(operation, { body: { ...body, dryRun: true } });
  if (preview.matched === 0) throw new CommandError(exitCodes.noMatch, 'JQ_RUN_NOT_FOUND', 'No run matches.', 'juqueue runs shows those there are.');
  if (options.dryRun === true) {
    if (context.options.json === true) printJson(terminal, preview);
    else terminal.out(`would ${verb} ${described(preview)}\n`);
    return exitCodes.ok;
  }
  if (options.yes !== true) await requireConsent(context, verb, preview);
  const result = await client.call(operation, { body: { ...body, expectCount: preview.matched } });
  if (context.options.json === true) {
    printJson(terminal, result);
  } else {
    terminal.err(`${result.affected} of ${result.matched} runs ${verb === 'resume' ? 'resumed' : 'cancelled'}.`);
    for (const { run, because } of result.skipped.slice(0, 10)) terminal.err(`  left alone: ${run}, ${because}`);
    if (result.skippedCount > 10) terminal.err(`  and ${result.skippedCount - 10} more`);
  }
  return exitCodes.ok;
}

async function requireConsent({ terminal }: VerbContext, verb: string, preview: RunCommandResult): Promise<void> {
  if (preview.matched === 1) return;
  if (terminal.isInteractive) {
    if (await terminal.confirm(`${verb} ${described(preview)}?`)) return;
    throw new CommandError(exitCodes.refused, 'JQ_COUNT_CHANGED', 'Nothing was changed.');
  }
  if (preview.matched <= mostUnasked) return;
  throw new CommandError(exitCodes.refused, 'JQ_COUNT_CHANGED', `${described(preview)} would be changed, more than ${mostUnasked} without anybody to ask.`, 'Repeat it with --yes.');
}

function described({ matched, byStatus }: RunCommandResult): string {
  const parts = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`);
  return `${matched} run${matched === 1 ? '' : 's'} (${parts.join(', ')})`;
}
