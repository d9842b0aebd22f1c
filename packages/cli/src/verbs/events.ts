import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface EventsOptions {
  readonly since?: number;
  readonly run?: string;
  readonly follow?: boolean;
}

/** What happened, one line each: JSON with --json, sentences otherwise. */
export async function events(context: VerbContext, options: EventsOptions): VerbResult {
  const { client } = await context.connect();
  for await (const event of client.events({ since: options.since, run: options.run, follow: options.follow })) {
    if (context.options.json === true) printJson(context.terminal, event);
    else context.terminal.out(`${String(event.seq).padStart(7)}  ${new Date(event.atMs).toISOString()}  ${event.sentence}\n`);
  }
  return exitCodes.ok;
}
