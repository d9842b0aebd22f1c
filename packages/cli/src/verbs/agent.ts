import { resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { requireManagerNode } from '../server/manager-bundle.ts';
import { findWorkDir } from '../server/server-record.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';
import { installAgentService } from './agent-service.ts';

export interface AgentVerbOptions {
  readonly config?: string;
  readonly defDir?: string;
  readonly drain?: boolean;
  readonly simulate?: boolean;
  /** Started by a manager, as its child. */
  readonly managed?: boolean;
}

/** A manager that starts an agent may take this long until it answers. */
const managerPatienceMs = 120_000;
/** Without a manager nobody knows how jobs end; their leases are given up after this. */
const orphanPatienceMs = 30 * 60_000;
const lookIntervalMs = 1_000;

/** What `juqueue agent` does. */
export async function agent(context: VerbContext, what: string, options: AgentVerbOptions, version: string): VerbResult {
  requireManagerNode();
  const workDir = await findWorkDir(context.options.workDir);
  if (what === 'install-service') return installAgentService(context, workDir, options);
  const configFile = options.config === undefined ? null : resolve(options.config);
  const connect = async () => (await context.connect()).client;
  const defDir = options.defDir === undefined ? await defDirOf(context, options) : resolve(options.defDir);
  const { checkAgent, registerAgent, serveAgent } = await import('@juqueue/hub/agent');
  const common = { version, defDir, configFile, connect, env: process.env };
  if (what === 'check') {
    const findings = await checkAgent(common);
    if (context.options.json === true) printJson(context.terminal, { findings });
    else
      for (const { subject, isGood, sentence } of findings) context.terminal.out(`${isGood ? 'good' : 'BAD '}  ${subject}: ${sentence}\n`);
    return findings.every(({ isGood }) => isGood) ? exitCodes.ok : exitCodes.refused;
  }
  if (what === 'register') {
    const profiles = await registerAgent(common);
    if (context.options.json === true) printJson(context.terminal, { profiles });
    else context.terminal.out(`The hub knows what this agent offers: ${profiles.join(', ') || 'nothing yet'}.\n`);
    return exitCodes.ok;
  }
  const end = new AbortController();
  // Nobody may be left to read what an agent says whose manager was killed.
  process.stderr.on('error', () => undefined);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => end.abort());
  const watch = options.managed === true ? watchManager(context, end) : null;
  try {
    await serveAgent({
      ...common,
      workDir,
      isDraining: options.drain === true,
      isOnce: what === 'once',
      isSimulated: options.simulate === true,
      log: (sentence) => context.terminal.err(sentence),
      signal: end.signal,
    });
    return exitCodes.ok;
  } finally {
    clearInterval(watch ?? undefined);
  }
}

async function defDirOf(context: VerbContext, { managed }: AgentVerbOptions): Promise<string> {
  for (const untilMs = context.nowMs() + managerPatienceMs; ; await context.sleep(lookIntervalMs)) {
    try {
      const { client } = await context.connect();
      return (await client.call('getOverview', {})).server.defDir;
    } catch (error) {
      const isMissing = error instanceof CommandError ? error.exitCode === exitCodes.noServer : true;
      if (managed !== true || !isMissing || context.nowMs() > untilMs) throw error;
    }
  }
}

/**
 * A manager that was killed leaves its agent behind, which keeps the leases of jobs that go on executing. It ends when another
 * manager is there, which has an agent of its own, or when none comes.
 */
function watchManager(context: VerbContext, end: AbortController): NodeJS.Timeout {
  const manager = process.ppid;
  let sinceMs: number | null = null;
  const look = async (): Promise<void> => {
    if (process.ppid === manager) return;
    sinceMs ??= context.nowMs();
    if (context.nowMs() - sinceMs > orphanPatienceMs) return end.abort();
    const { client } = await context.connect();
    if ((await client.call('getOverview', {})).server.pid !== manager) end.abort();
  };
  return setInterval(() => void look().catch(() => undefined), lookIntervalMs);
}
