import { NoAnswer } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

const pauseMs = 200;

/** From its last answer to its end a manager closes its files; a zombie that nobody reaps must not hold us for ever. */
const endMaxMs = 30_000;

/** Stops the manager and waits until it is gone. */
export async function stop(context: VerbContext, options: { readonly release?: boolean }): VerbResult {
  const { client, record } = await context.connect();
  const release = options.release === true;
  const accepted = await client.call('stopServer', { body: { release } });
  context.terminal.err(release ? 'Stopping every run and giving back every node…' : 'Stopping the manager…');
  while (await answers(() => client.call('getHealth', {}))) await context.sleep(pauseMs);
  for (const untilMs = context.nowMs() + endMaxMs; isAlive(record.pid) && context.nowMs() < untilMs; ) await context.sleep(pauseMs);
  if (context.options.json === true) printJson(context.terminal, { ...accepted, pid: record.pid });
  else context.terminal.err('Stopped.');
  return exitCodes.ok;
}

/** Refusals are answers too: a manager that stops may refuse what it is asked. */
async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    return !(error instanceof NoAnswer);
  }
}

/** Whether that process exists; the manager runs on this host, or it would not have been found. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
