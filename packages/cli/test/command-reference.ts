import type { Command } from 'commander';
import type { Terminal } from '../src/output/terminal.ts';
import { createProgram } from '../src/program.ts';
import { version } from '../src/version.ts';

const silent: Terminal = {
  isInteractive: false,
  isOutTerminal: false,
  columns: 100,
  out: () => undefined,
  raw: () => undefined,
  err: () => undefined,
  tint: (_tint, text) => text,
  confirm: async () => false,
};

/** All commands, to be looked at and not executed. */
export function createReferenceProgram(): Command {
  const context = (): never => {
    throw new Error('a reference runs nothing');
  };
  return createProgram({ version, terminal: silent, servesByDefault: true, context, finish: () => undefined });
}

/** `docs/commands.md`: every command with its options, from the program itself. */
export function commandReference(): string {
  const sections = createReferenceProgram().commands.map(section);
  return `# Commands

Made from the program by \`npm run reference\`. \`juqueue <command> --help\` says the same. Runs are meant by selectors, as words
(\`'sweep@*'\`, \`state:failed\`) or options; exit codes are in [exit-codes.md](exit-codes.md).

${sections.join('\n')}`;
}

function section(command: Command): string {
  const usage = ['juqueue', command.name(), ...command.registeredArguments.map(argumentText)].join(' ');
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ flags, description, defaultValue }) => row(flags, description, defaultValue));
  const own = command.registeredArguments
    .filter(({ description }) => description !== '')
    .map((argument) => row(argumentText(argument), argument.description, undefined));
  const table = ['| | |', '|---|---|', ...own, ...options].join('\n');
  return `## ${command.name()}\n\n${sentence(command.description())}\n\n\`\`\`console\n$ ${usage} [options]\n\`\`\`\n\n${table}\n`;
}

function argumentText(argument: Command['registeredArguments'][number]): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function row(name: string, description: string, defaultValue: unknown): string {
  const without = defaultValue === undefined || defaultValue === false ? '' : ` (default: ${String(defaultValue)})`;
  return `| \`${cell(name)}\` | ${cell(description)}${without} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
