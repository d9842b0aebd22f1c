import type { Argument, Command, Option } from 'commander';
import type { ApiClient } from '@juqueue/client';
import type { VerbContext } from '../verb.ts';

/** More candidates than these are no help. */
const mostCandidates = 100;
const statuses = ['inactive', 'ready', 'running', 'finished', 'failed'];

/**
 * What may stand in the place of the last word: commands, options, their values, and ids that the manager knows. Nothing when
 * no manager answers: a shell that waits or complains while somebody types is worse than none.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  context: (workDir: string | undefined) => VerbContext,
): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const [name = ''] = words;
  const candidates = await (words.length <= 1 ? commandNames(program) : inCommand(program, name, words, context));
  return candidates.filter((candidate) => candidate.startsWith(current)).slice(0, mostCandidates);
}

function commandNames(program: Command): readonly string[] {
  return [...program.commands.map((command) => command.name()), ...program.options.flatMap(({ long }) => long ?? [])];
}

async function inCommand(
  program: Command,
  name: string,
  words: readonly string[],
  context: (workDir: string | undefined) => VerbContext,
): Promise<readonly string[]> {
  const command =
    program.commands.find((each) => each.name() === name) ??
    (name.startsWith('-') ? program.commands.find((each) => each.name() === 'serve') : undefined);
  if (command === undefined) return [];
  const current = words.at(-1) ?? '';
  const before = command.options.find((option) => isNamed(option, words.at(-2)));
  const ask = async (question: (client: ApiClient) => Promise<readonly string[]>): Promise<readonly string[]> => {
    try {
      const { client } = await context(valueOf(words, '--work-dir')).connect();
      return await question(client);
    } catch {
      return [];
    }
  };
  if (before !== undefined && takesValue(before)) return valuesOf(before, current, ask);
  if (current.startsWith('-')) return command.options.flatMap(({ long }) => long ?? []);
  const argument = argumentAt(command, words);
  return argument === undefined ? [] : argumentValues(argument, name, current, ask);
}

type Ask = (question: (client: ApiClient) => Promise<readonly string[]>) => Promise<readonly string[]>;

function valuesOf(option: Option, current: string, ask: Ask): readonly string[] | Promise<readonly string[]> {
  if (option.argChoices !== undefined) return option.argChoices;
  switch (option.long) {
    case '--state':
      return statuses;
    case '--experiment':
      return ask(experiments);
    case '--cluster':
      return ask(clusters);
    case '--node':
      return ask(nodes);
    case '--run':
      return ask((client) => runs(client, current));
    default:
      return [];
  }
}

function argumentValues(argument: Argument, command: string, current: string, ask: Ask): readonly string[] | Promise<readonly string[]> {
  switch (argument.name()) {
    case 'run':
    case 'selector':
      return ask((client) => runs(client, current));
    case 'experiment':
      return ask(experiments);
    case 'node':
      return ask(nodes);
    case 'run|node|cluster':
      return ask(async (client) => [...(await clusters(client)), ...(await nodes(client)), ...(await runs(client, current))]);
    case 'name':
      return command === 'cluster' ? ask(clusters) : [];
    default:
      return argument.name().includes('|') ? argument.name().split('|') : [];
  }
}

/** `sweep@` first, and the runs of it once that is typed. */
async function runs(client: ApiClient, current: string): Promise<readonly string[]> {
  if (!current.includes('@')) return (await experiments(client)).map((name) => `${name}@`);
  const page = await client.call('listRuns', { query: { q: `${current}*`, fields: ['id'], limit: mostCandidates } });
  return page.runs.map((run) => run.id);
}

async function experiments(client: ApiClient): Promise<readonly string[]> {
  return (await client.call('listExperiments', { query: { limit: 1000 } })).experiments.map((experiment) => experiment.name);
}

async function clusters(client: ApiClient): Promise<readonly string[]> {
  return (await client.call('listClusters', {})).clusters.map((cluster) => cluster.name);
}

async function nodes(client: ApiClient): Promise<readonly string[]> {
  return (await client.call('listNodes', { query: { limit: 1000 } })).nodes.map((node) => node.id);
}

/** The argument that the last word is, when options and their values are left out. */
function argumentAt(command: Command, words: readonly string[]): Argument | undefined {
  const rest = words.slice(1, -1);
  const given = rest.filter((word, index) => {
    const option = command.options.find((each) => isNamed(each, rest[index - 1]));
    return !word.startsWith('-') && (option === undefined || !takesValue(option));
  });
  const declared = command.registeredArguments;
  return declared[given.length] ?? (declared.at(-1)?.variadic === true ? declared.at(-1) : undefined);
}

function isNamed(option: Option, word: string | undefined): boolean {
  return word !== undefined && (option.long === word || option.short === word);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function valueOf(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at === -1 ? undefined : words[at + 1];
}

/** Readline replaces what follows the last of its word breaks, which `@` and `=` are: candidates lose what stands before it. */
const bash = String.raw`_juqueue() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words cur prefix
  read -ra words <<<"$line"
  [[ $line == *' ' ]] && words+=('')
  cur=${'$'}{words[-1]}
  prefix=${'$'}{cur%"${'$'}{cur##*[=@:]}"}
  local IFS=$'\n'
  COMPREPLY=($(juqueue __complete "${'$'}{words[@]:1}" 2>/dev/null))
  COMPREPLY=("${'$'}{COMPREPLY[@]#"$prefix"}")
  [[ ${'$'}{COMPREPLY[0]} == *@ ]] && compopt -o nospace
}
complete -o default -F _juqueue juqueue
`;

const zsh = String.raw`#compdef juqueue
_juqueue() {
  local -a candidates
  candidates=(${'$'}{(f)"$(juqueue __complete "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)"})
  compadd -S '' -a candidates
}
compdef _juqueue juqueue
`;

/** What a shell reads to complete our commands. */
export const completionScripts: Readonly<Record<'bash' | 'zsh', string>> = { bash, zsh };
