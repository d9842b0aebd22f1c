import { asCommandError } from '../command-error.ts';
import type { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { managerBundle } from '../server/manager-bundle.ts';
import { findWorkDir, hasState } from '../server/server-record.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';
import { version } from '../version.ts';
import { allowManyWorkers } from './many-workers.ts';

const pauseMs = 200;

/** From its last answer to its end a manager closes its files; a zombie that nobody reaps must not hold us for ever. */
const endMaxMs = 30_000;

/** Stops the manager and waits until it is gone. With --release all nodes are given back, by this command itself when no manager runs. */
export async function stop(context: VerbContext, options: { readonly release?: boolean }): VerbResult {
  const release = options.release === true;
  try {
    return await stopManager(context, release);
  } catch (error) {
    if (release && asCommandError(error).exitCode === exitCodes.noServer)
      return await releaseWithoutManager(context, asCommandError(error));
    throw error;
  }
}

async function stopManager(context: VerbContext, release: boolean): VerbResult {
  const { client, record } = await context.connect();
  const accepted = await client.call('stopServer', { body: { release } });
  context.terminal.err(release ? 'Stopping every run and giving back every node…' : 'Stopping the manager…');
  while (await answers(() => client.call('getHealth', {}))) await context.sleep(pauseMs);
  for (const untilMs = context.nowMs() + endMaxMs; isAlive(record.pid) && context.nowMs() < untilMs;) await context.sleep(pauseMs);
  if (context.options.json === true) printJson(context.terminal, { ...accepted, pid: record.pid });
  else context.terminal.err('Stopped.');
  return exitCodes.ok;
}

/** A manager on another host is not taken for gone: releaseAll itself makes sure that none lives. */
async function releaseWithoutManager(context: VerbContext, noServer: CommandError): VerbResult {
  const { terminal, options } = context;
  const workDir = await findWorkDir(options.workDir);
  if (!(await hasState(workDir))) throw noServer;
  terminal.err(`No manager runs for ${workDir}; giving back every node…`);
  allowManyWorkers();
  const { releaseAll } = await managerBundle();
  const report = await releaseAll({ version, workDir, isRepairing: false, isDebug: false, tell: (sentence) => terminal.err(sentence) });
  if (report === null) return exitCodes.noServer;
  if (options.json === true) printJson(terminal, report);
  return report.remainingNodes.length === 0 ? exitCodes.ok : exitCodes.refused;
}

/** Refusals are answers too: a manager that stops may refuse what it is asked. */
async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    return asCommandError(error).exitCode !== exitCodes.noServer;
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
