import type { OperationId, RunCommandResult } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { isEmpty, selectorOf } from '../selector-options.ts';
import type { SelectorOptions } from '../selector-options.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface ChangeOptions extends SelectorOptions {
  readonly force?: boolean;
  readonly fresh?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly priority?: number;
}

export type RunChange = 'resume' | 'cancel' | 'hold' | 'release' | 'priority';

/** What a person reads while it is asked, and when it is done. */
const words = {
  resume: { operation: 'resumeRuns', asked: 'resume', done: 'resumed' },
  cancel: { operation: 'cancelRuns', asked: 'cancel', done: 'cancelled' },
  hold: { operation: 'holdRuns', asked: 'hold', done: 'held' },
  release: { operation: 'releaseRuns', asked: 'release', done: 'released' },
  priority: { operation: 'prioritiseRuns', asked: 'change the priority of', done: 'changed' },
} as const satisfies Readonly<Record<RunChange, { readonly operation: OperationId; readonly asked: string; readonly done: string }>>;

/** So many runs are named of those that are left alone for the same reason. */
const mostNamed = 3;

/** Without a person to ask, more than this many runs need --yes. */
const mostUnasked = 100;

/**
 * Changes what a selector means. First it counts; more than one run is confirmed on a terminal; then it acts
 * on exactly that number, or not at all when it has changed meanwhile.
 */
export async function changeRuns(
  context: VerbContext,
  change: RunChange,
  selectors: readonly string[],
  options: ChangeOptions,
): VerbResult {
  const selector = selectorOf(selectors, options);
  if (isEmpty(selector)) {
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_SELECTOR',
      `No runs are named, which would mean every one.`,
      `Say: juqueue ${change} '*@*' when every run is meant.`,
    );
  }
  const { client } = await context.connect();
  const { terminal } = context;
  const { asked, done } = words[change];
  const send = (more: { readonly dryRun: true } | { readonly expectCount: number }): Promise<RunCommandResult> => {
    const body = { selector, reason: options.reason, ...more };
    if (change === 'priority') return client.call('prioritiseRuns', { body: { ...body, priority: options.priority ?? 0 } });
    return client.call(words[change].operation, {
      body: change === 'cancel' ? { ...body, force: options.force } : change === 'resume' ? { ...body, fresh: options.fresh } : body,
    });
  };
  const preview = await send({ dryRun: true });
  if (preview.matched === 0)
    throw new CommandError(exitCodes.noMatch, 'JQ_RUN_NOT_FOUND', 'No run matches.', 'juqueue runs shows those there are.');
  if (options.dryRun === true) {
    if (context.options.json === true) printJson(terminal, preview);
    else terminal.out(`would ${asked} ${described(preview)}\n`);
    return exitCodes.ok;
  }
  if (options.yes !== true) await requireConsent(context, asked, preview);
  const result = await send({ expectCount: preview.matched });
  if (context.options.json === true) {
    printJson(terminal, result);
  } else {
    terminal.err(`${result.affected} of ${result.matched} runs ${done}.`);
    for (const line of leftAlone(result)) terminal.err(`  ${line}`);
  }
  return exitCodes.ok;
}

/** What was left alone, one line for each reason. */
function leftAlone({ skipped, skippedCount }: RunCommandResult): readonly string[] {
  const reasons = Object.entries(Object.groupBy(skipped, ({ because }) => because));
  const lines = reasons.map(([because, runs = []]) => {
    const named = runs
      .slice(0, mostNamed)
      .map(({ run }) => run)
      .join(', ');
    return `left alone: ${named}${runs.length > mostNamed ? ` and ${runs.length - mostNamed} more` : ''}: ${because}`;
  });
  return skippedCount > skipped.length ? [...lines, `and ${skippedCount - skipped.length} more`] : lines;
}

async function requireConsent({ terminal }: VerbContext, asked: string, preview: RunCommandResult): Promise<void> {
  if (preview.matched === 1) return;
  if (terminal.isInteractive) {
    if (await terminal.confirm(`${asked} ${described(preview)}?`)) return;
    throw new CommandError(exitCodes.refused, 'JQ_COUNT_CHANGED', 'Nothing was changed.');
  }
  if (preview.matched <= mostUnasked) return;
  throw new CommandError(
    exitCodes.refused,
    'JQ_COUNT_CHANGED',
    `${described(preview)} would be changed, more than ${mostUnasked} without anybody to ask.`,
    'Repeat it with --yes.',
  );
}

function described({ matched, byStatus }: RunCommandResult): string {
  const parts = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`);
  return `${matched} run${matched === 1 ? '' : 's'} (${parts.join(', ')})`;
}
