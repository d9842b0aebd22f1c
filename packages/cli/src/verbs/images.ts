import type { Image } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { ago } from '../output/times.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** Between two looks at pulls that take minutes. */
const lookEveryMs = 1_000;

/** The container images of the work-dir; with `update` they are pulled anew, and it waits for that. */
export async function images(context: VerbContext, [action, ...names]: readonly string[]): VerbResult {
  const { client } = await context.connect();
  const { terminal } = context;
  if (action !== undefined && action !== 'update') {
    terminal.err(`expected update or nothing, found '${action}'`);
    return exitCodes.usage;
  }
  let answer =
    action === 'update'
      ? await client.call('updateImages', { body: names.length === 0 ? {} : { images: [...names] } })
      : await client.call('listImages', {});
  const asked = (image: Image): boolean => names.length === 0 || names.includes(image.name);
  while (action === 'update' && answer.images.some((image) => asked(image) && image.state === 'pulling')) {
    await context.sleep(lookEveryMs);
    answer = await client.call('listImages', {});
  }
  const nowMs = context.nowMs();
  if (context.options.json === true) printJson(terminal, answer);
  else if (answer.images.length === 0) terminal.out('No run has wanted an image of a registry since the manager started.\n');
  else
    terminal.out(
      table(
        ['IMAGE', 'STATE', '>PULLED', '>SIZE', ''],
        answer.images.map((image) => [
          image.name,
          image.state,
          ago(image.pulledAtMs, nowMs),
          image.bytes === null ? '-' : `${Math.ceil(image.bytes / 1e6)} MB`,
          image.trouble ?? '',
        ]),
      ),
    );
  return action === 'update' && answer.images.some((image) => asked(image) && image.trouble !== null) ? exitCodes.refused : exitCodes.ok;
}
