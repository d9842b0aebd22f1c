import type { ApiClient, Selector } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseDuration } from '../output/times.ts';
import { selectorOf } from '../selector-options.ts';
import type { SelectorOptions } from '../selector-options.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface WaitOptions extends SelectorOptions {
  readonly timeout?: string;
  readonly ignoreFailures?: boolean;
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;

/**
 * Waits until none of the runs is ready or running. Ends with 0 when all of them finished, and says by its exit code when
 * some failed, are inactive, or the time was over: `wait && next` must not go on after a failure.
 */
export async function wait(context: VerbContext, words: readonly string[], options: WaitOptions): VerbResult {
  const selector = selectorOf(words, options);
  const timeoutMs = options.timeout === undefined ? Number.POSITIVE_INFINITY : parseDuration(options.timeout);
  if (timeoutMs === null)
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      `--timeout is '${options.timeout}', expected a duration such as 90s, 10m or 1h30m.`,
    );
  const { client } = await context.connect();
  const deadlineMs = context.nowMs() + timeoutMs;
  const total = await count(client, selector, []);
  if (total === 0) throw new CommandError(exitCodes.noMatch, 'JQ_RUN_NOT_FOUND', 'No run matches.', 'juqueue runs shows those there are.');
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const pending = await count(client, selector, ['ready', 'running']);
    if (pending === 0) break;
    if (context.nowMs() >= deadlineMs) {
      context.terminal.err(`${pending} of ${total} runs have not ended after ${options.timeout}.`);
      return exitCodes.timeout;
    }
    await context.sleep(Math.min(pauseMs, Math.max(0, deadlineMs - context.nowMs())));
  }
  return report(context, client, selector, options);
}

async function report(context: VerbContext, client: ApiClient, selector: Selector, options: WaitOptions): VerbResult {
  const [finished, failed, inactive] = await Promise.all([
    count(client, selector, ['finished']),
    count(client, selector, ['failed']),
    count(client, selector, ['inactive']),
  ]);
  if (context.options.json === true) printJson(context.terminal, { finished, failed, inactive });
  else context.terminal.err(`${finished} finished, ${failed} failed, ${inactive} inactive.`);
  if (options.ignoreFailures === true) return exitCodes.ok;
  if (failed > 0) return exitCodes.runsFailed;
  return inactive > 0 ? exitCodes.runsInactive : exitCodes.ok;
}

/** How many of the runs have one of the statuses; with none named, how many there are. A status that was asked for narrows. */
async function count(client: ApiClient, selector: Selector, statuses: readonly string[]): Promise<number> {
  const asked = selector.state?.flatMap((states) => states.split(',')) ?? [];
  const state = asked.length === 0 || statuses.length === 0 ? [...asked, ...statuses] : statuses.filter((status) => asked.includes(status));
  if (statuses.length > 0 && state.length === 0) return 0;
  return (await client.call('listRuns', { query: { ...selector, state, limit: 1, count: true } })).total ?? 0;
}
