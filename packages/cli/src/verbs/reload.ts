import type { DefinitionProblem } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/**
 * Reads the definitions again, which applies what stops no running run, and shows what was applied and what waits; with
 * --apply the rest is applied too.
 */
export async function reload(context: VerbContext, options: { readonly apply?: boolean }): VerbResult {
  const { client } = await context.connect();
  const { terminal } = context;
  const before = await client.call('getDefinitions', {});
  const found = await client.call('planDefinitions', {});
  const hasErrors = found.problems.some((problem) => problem.severity === 'error');
  const rest = options.apply === true && found.plan !== null ? await client.call('applyDefinitions', { body: { planId: found.plan.id } }) : null;
  if (context.options.json === true) {
    printJson(terminal, { ...found, ...(rest === null ? {} : { plan: null, applied: rest.applied }) });
    return hasErrors ? exitCodes.badInput : exitCodes.ok;
  }
  printProblems(terminal, found.problems);
  const applied = [...(found.applied !== null && found.appliedAtMs !== before.appliedAtMs ? [found.applied] : []), ...(rest?.applied ? [rest.applied] : [])];
  for (const { summary } of applied) terminal.out(`applied:\n${indented(summary)}`);
  if (found.plan !== null && rest === null) terminal.out(`waits, as it would stop running runs:\n${indented(found.plan.summary)}Apply it with: juqueue reload --apply\n`);
  if (found.plan === null && applied.length === 0) terminal.out('The definitions change nothing.\n');
  return hasErrors ? exitCodes.badInput : exitCodes.ok;
}

export function printProblems(terminal: Terminal, problems: readonly DefinitionProblem[]): void {
  for (const { file, line, column, severity, message, hint, excerpt } of problems) {
    const place = line === 0 ? file : `${file}:${line}:${column}`;
    terminal.err(`${place}: ${severity}: ${message}`);
    if (excerpt !== null) terminal.err(indented(excerpt).trimEnd());
    if (hint !== null) terminal.err(`  hint: ${hint}`);
  }
}

function indented(text: string): string {
  return `${text.replace(/^/gm, '  ')}\n`;
}
