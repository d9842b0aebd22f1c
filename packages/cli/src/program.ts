import { Command } from 'commander';
import { addChangeCommands } from './commands/change-commands.ts';
import { CommandSet } from './commands/command-set.ts';
import type { ProgramParts } from './commands/command-set.ts';
import { addCostCommands } from './commands/cost-commands.ts';
import { addDefinitionCommands } from './commands/definition-commands.ts';
import { addHubCommands } from './commands/hub-commands.ts';
import { addLookCommands } from './commands/look-commands.ts';
import { addManagerCommands } from './commands/manager-commands.ts';
import { exampleText } from './examples.ts';

/** Below these headings `juqueue --help` lists the commands. */
const topics = [
  ['Manager:', addManagerCommands],
  ['Definitions:', addDefinitionCommands],
  ['Look:', addLookCommands],
  ['Change:', addChangeCommands],
  ['Cost:', addCostCommands],
  ['Jobs of a hub:', addHubCommands],
] as const;

/**
 * All commands. Each one's code is loaded only when it is called: most start in a few milliseconds that way. What cannot be
 * parsed is thrown as CommanderError and printed by nobody here.
 */
export function createProgram(parts: ProgramParts): Command {
  const program = new Command('juqueue')
    .description(
      'Packs runs into the nodes of a cluster. Without a command it serves; every other command speaks to the manager of a work-dir.',
    )
    .version(parts.version)
    .configureOutput({ writeOut: (text) => parts.terminal.out(text), writeErr: () => undefined })
    .addHelpText('after', '\nTo serve: juqueue --def-dir <folder> --work-dir <folder> [--port <port>]; all options: juqueue serve --help')
    .showSuggestionAfterError()
    .exitOverride();
  const set = new CommandSet(program, parts);
  for (const [heading, addCommands] of topics) {
    program.commandsGroup(heading);
    addCommands(set);
  }
  program.commandsGroup('Help:').helpCommand('help [command]', 'what a command does and takes');
  for (const command of program.commands) command.addHelpText('after', exampleText(command.name()) ?? '');
  return program;
}
