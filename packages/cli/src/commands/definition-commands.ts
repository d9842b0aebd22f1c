import { Option } from 'commander';
import { collect } from './command-set.ts';
import type { CommandSet } from './command-set.ts';

/** Definitions: writing, checking and applying them. */
export function addDefinitionCommands(set: CommandSet): void {
  const { terminal, finish } = set.parts;

  const init = set
    .verb('init', 'write definitions to start from')
    .argument('[folder]', 'where (default: defs)')
    .addOption(new Option('--language <language>', 'of the example').choices(['yaml', 'typescript', 'python']).default('yaml'))
    .option('--from-sbatch <script>', 'definitions that execute this batch script; an array becomes a matrix');
  init.action(async () => finish(await (await import('../verbs/init.ts')).init(terminal, init.opts(), init.args[0])));

  const schemaOf = new Option(
    '--schema [of]',
    'print the JSON Schema of a file for editors, or the types of TypeScript definitions; checks nothing',
  );
  const validate = set
    .verb('validate', 'check definitions without a manager')
    .argument('[folder]', 'the definitions')
    .option('--def-dir <folder>', 'the definitions')
    .option('--python <interpreter>', 'reads Python definitions (else JUQUEUE_PYTHON, else python3)')
    .addOption(schemaOf.choices(['experiment', 'clusters', 'typescript']).preset('experiment'));
  validate.action(async () => finish(await (await import('../verbs/validate.ts')).validate(terminal, validate.opts(), validate.args[0])));

  const running = new Option(
    '--running <choice>',
    'with --apply: running runs of a changed definition restart, finish first, or nothing of their experiment is applied',
  );
  const reload = set
    .verb('reload', 'read the definitions again and show what they change')
    .option('--apply', 'apply also what concerns running runs')
    .addOption(running.choices(['restart', 'finish', 'skip']).default('restart'))
    .option('--choose <experiment=choice>', 'with --apply: another choice for one experiment; repeatable', collect);
  set.asks(reload, async (context) => (await import('../verbs/reload.ts')).reload(context, reload.opts()));
}
