import { resolve } from 'node:path';
import type { DoctorFinding } from '@juqueue/server';
import { asCommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal, Tint } from '../output/terminal.ts';
import { managerBundle } from '../server/manager-bundle.ts';
import { findWorkDir } from '../server/server-record.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/**
 * Looks at Node, work-dir, definitions and, for each Slurm cluster, at the live Slurm, and changes nothing but
 * what `--repair` asks for before that. Definitions that
 * are not named are those of the manager that runs.
 */
export async function doctor(
  context: VerbContext,
  options: { readonly defDir?: string; readonly repair?: boolean },
  folder: string | undefined,
): VerbResult {
  const { terminal } = context;
  const workDir = options.repair === true ? await findWorkDir(context.options.workDir) : await workDirOrNone(context.options.workDir);
  const defDir = resolve(folder ?? options.defDir ?? (await servedDefDir(context)) ?? '.');
  const { diagnose, repairWorkDir } = await managerBundle();
  if (options.repair === true) await repairWorkDir(workDir ?? process.cwd(), (sentence) => terminal.err(sentence));
  const findings = await diagnose({ defDir, workDir, env: process.env });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (context.options.json === true) printJson(terminal, { defDir, workDir, findings });
  else show(terminal, findings);
  return errors > 0 ? exitCodes.badInput : exitCodes.ok;
}

/** A work-dir that nobody named and that is nowhere upwards is not looked at. */
async function workDirOrNone(option: string | undefined): Promise<string | null> {
  try {
    return await findWorkDir(option);
  } catch (error) {
    if (asCommandError(error).exitCode === exitCodes.noServer) return null;
    throw error;
  }
}

async function servedDefDir(context: VerbContext): Promise<string | null> {
  try {
    const { client } = await context.connect();
    return (await client.call('getOverview', {})).server.defDir;
  } catch {
    // Whatever keeps the manager from answering, the folder that we are in may hold definitions.
    return null;
  }
}

const marks: Readonly<Record<DoctorFinding['severity'], readonly [tint: Tint, word: string]>> = {
  ok: ['green', 'ok     '],
  warning: ['yellow', 'warning'],
  error: ['red', 'ERROR  '],
};

function show(terminal: Terminal, findings: readonly DoctorFinding[]): void {
  for (const { about, severity, message, hint } of findings) {
    const [tint, word] = marks[severity];
    terminal.out(`${terminal.tint(tint, word)}  ${about}: ${message}\n`);
    if (hint !== null) terminal.out(`         ${hint}\n`);
  }
  const count = (severity: DoctorFinding['severity']): number => findings.filter((finding) => finding.severity === severity).length;
  terminal.err(`${findings.length} looked at, ${count('warning')} to think about, ${count('error')} to repair.`);
}
