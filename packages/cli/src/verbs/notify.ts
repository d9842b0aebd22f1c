import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** Sends a test message over every channel; ends with 7 when one did not take it. */
export async function notify(context: VerbContext, options: { readonly test?: boolean }): VerbResult {
  const { terminal } = context;
  if (options.test !== true)
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      'What to do is not said, expected --test.',
      'Channels are set up in notify.yaml of the definitions.',
    );
  const { client } = await context.connect();
  const { channels } = await client.call('testNotifications', {});
  if (context.options.json === true) printJson(terminal, { channels });
  else if (channels.length > 0)
    terminal.out(
      table(
        ['CHANNEL', 'TYPE', 'RESULT'],
        channels.map(({ channel, type, trouble }) => [channel, type, trouble ?? 'taken']),
      ),
    );
  if (channels.length === 0)
    throw new CommandError(
      exitCodes.noMatch,
      'JQ_NOT_FOUND',
      'Nobody is to be told: notify.yaml of the definitions names no channel.',
      'docs/notifications.md shows what to write there.',
    );
  return channels.every(({ trouble }) => trouble === null) ? exitCodes.ok : exitCodes.refused;
}
