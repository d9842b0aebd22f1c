import type { ApplyDefinitions, DefinitionProblem } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

type Choice = NonNullable<ApplyDefinitions['others']>;

export interface ReloadOptions {
  readonly apply?: boolean;
  readonly running: Choice;
  readonly choose?: readonly string[];
}

/**
 * Reads the definitions again, which applies what stops no running run, and shows what was applied and what waits; with
 * --apply the rest is applied too.
 */
export async function reload(context: VerbContext, options: ReloadOptions): VerbResult {
  const choices = Object.fromEntries((options.choose ?? []).map(parseChoice));
  const { client } = await context.connect();
  const { terminal } = context;
  const before = await client.call('getDefinitions', {});
  const found = await client.call('planDefinitions', {});
  const hasErrors = found.problems.some((problem) => problem.severity === 'error');
  const rest =
    options.apply === true && found.plan !== null
      ? await client.call('applyDefinitions', { body: { planId: found.plan.id, choices, others: options.running } })
      : null;
  if (context.options.json === true) {
    printJson(terminal, rest === null ? found : await client.call('getDefinitions', {}));
    return hasErrors ? exitCodes.badInput : exitCodes.ok;
  }
  printProblems(terminal, found.problems);
  const applied = [
    ...(found.applied !== null && found.appliedAtMs !== before.appliedAtMs ? [found.applied] : []),
    ...(rest?.applied ? [rest.applied] : []),
  ];
  for (const { summary } of applied) terminal.out(`applied:\n${indented(summary)}`);
  if (found.plan !== null && rest === null)
    terminal.out(
      `waits, as it would stop running runs:\n${indented(found.plan.summary)}Apply it with: juqueue reload --apply, or with --apply --running finish to let them finish first\n`,
    );
  if (found.plan !== null && rest !== null && rest.applied === null) terminal.out(`Everything was skipped and goes on waiting.\n`);
  if (found.plan === null && applied.length === 0) terminal.out('The definitions change nothing.\n');
  return hasErrors ? exitCodes.badInput : exitCodes.ok;
}

const choiceWords: readonly string[] = ['restart', 'finish', 'skip'] satisfies readonly Choice[];

function parseChoice(text: string): readonly [string, Choice] {
  const at = text.lastIndexOf('=');
  const choice = text.slice(at + 1);
  if (at > 0 && isChoice(choice)) return [text.slice(0, at), choice];
  throw new CommandError(
    exitCodes.usage,
    'JQ_BAD_REQUEST',
    `--choose is '${text}', expected an experiment and one of ${choiceWords.join(', ')}, such as sweep=finish.`,
  );
}

function isChoice(word: string): word is Choice {
  return choiceWords.includes(word);
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
