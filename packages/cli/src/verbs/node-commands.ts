import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface DrainOptions {
  readonly now?: boolean;
  readonly undo?: boolean;
  readonly yes?: boolean;
}

/**
 * Lets a node take no new runs, so that it is given back when it is empty. `now` stops its runs first, which a person is
 * asked about; `undo` lets it take runs again.
 */
export async function drain(context: VerbContext, node: string, options: DrainOptions): VerbResult {
  const { client } = await context.connect();
  const { terminal } = context;
  if (options.now === true && options.undo === true)
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', '--now and --undo say the opposite of each other.');
  const path = { id: node };
  if (options.now === true) {
    const { stoppedRuns } = await client.call('releaseNode', { path, body: { force: true, dryRun: true } });
    await requireConsent(context, node, stoppedRuns, options.yes === true);
  }
  const answer =
    options.undo === true
      ? await client.call('undrainNode', { path, body: {} })
      : options.now === true
        ? await client.call('releaseNode', { path, body: { force: true } })
        : await client.call('drainNode', { path, body: {} });
  if (context.options.json === true) printJson(terminal, answer);
  else if (options.undo === true) terminal.err(`${node} takes runs again.`);
  else
    terminal.err(
      `${node} takes no new runs${answer.stoppedRuns === 0 ? '' : `, ${answer.stoppedRuns} are asked to stop`}, and is given back when it is empty.`,
    );
  return exitCodes.ok;
}

async function requireConsent({ terminal }: VerbContext, node: string, runs: number, isGiven: boolean): Promise<void> {
  if (isGiven || runs === 0) return;
  if (terminal.isInteractive && (await terminal.confirm(`stop ${runs} runs on ${node}? They wait as ready.`))) return;
  throw new CommandError(exitCodes.refused, 'JQ_NODE_BUSY', `${node} has ${runs} runs that would be stopped.`, 'Repeat it with --yes.');
}

/** Holds a cluster, so that no more nodes are requested of it, or takes the hold back. */
export async function cluster(context: VerbContext, verb: string, name: string, options: { readonly reason?: string }): VerbResult {
  if (verb !== 'hold' && verb !== 'release')
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      `'${verb}' is nothing that is done with a cluster, expected hold or release.`,
    );
  const { client } = await context.connect();
  const answer =
    verb === 'hold'
      ? await client.call('holdCluster', { path: { name }, body: { reason: options.reason } })
      : await client.call('releaseCluster', { path: { name }, body: {} });
  if (context.options.json === true) printJson(context.terminal, answer);
  else
    context.terminal.err(
      verb === 'hold' ? `No more nodes are requested of ${name}: ${answer.heldBecause ?? ''}` : `Nodes are requested of ${name} again.`,
    );
  return exitCodes.ok;
}
