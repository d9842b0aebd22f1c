import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** Why a run waits, a node is kept or a cluster does not grow: the sentence of the code that decides it. */
export async function explain(context: VerbContext, of: string): VerbResult {
  const { client } = await context.connect();
  const explanation = await client.call('explain', { query: { of } });
  const { terminal } = context;
  if (context.options.json === true) printJson(terminal, explanation);
  else terminal.out(`${explanation.sentence}  ${terminal.tint('dim', `(${explanation.code})`)}\n`);
  return exitCodes.ok;
}
