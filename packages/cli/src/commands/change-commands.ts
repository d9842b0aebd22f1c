import type { Command } from 'commander';
import { isJobId } from '../hub/job-id.ts';
import { addSelectorOptions } from '../selector-options.ts';
import type { RunChange } from '../verbs/change-runs.ts';
import { integer } from './command-set.ts';
import type { CommandSet } from './command-set.ts';

/** What changes runs, nodes and clusters. */
export function addChangeCommands(set: CommandSet): void {
  const resume = changeOptions(set.verb('resume', 'put runs into the queue (again)')).option(
    '--fresh',
    'start in an empty directory; what is there is set aside beside it',
  );
  addRunChange(set, 'resume', resume);

  const cancel = changeOptions(set.verb('cancel', 'take runs out of the queue; ids of jobs are cancelled at the hub')).option(
    '--force',
    'stop executing runs too',
  );
  set.asks(cancel, async (context, args) => {
    if (args.length > 0 && args.every(isJobId)) return (await import('../hub/jobs.ts')).cancelJobs(context, args);
    return (await import('../verbs/change-runs.ts')).changeRuns(context, 'cancel', args, cancel.opts());
  });

  addRunChange(set, 'hold', changeOptions(set.verb('hold', 'keep ready runs from being started')));
  addRunChange(set, 'release', changeOptions(set.verb('release', 'let held runs start again')));

  const priority = changeOptions(
    set
      .verb('priority', 'give runs another priority, until their definition changes')
      .argument('<number>', 'higher starts earlier', integer),
  );
  set.asks(priority, async (context, [number = '', ...selectors]) => {
    const options = { ...priority.opts(), priority: integer(number) };
    return (await import('../verbs/change-runs.ts')).changeRuns(context, 'priority', selectors, options);
  });

  const clean = addSelectorOptions(set.verb('clean', 'delete the folders of runs that have ended, with outputs and logs; the runs stay'))
    .option('--finished', 'only finished ones')
    .option('--older <duration>', 'only those that ended so long ago, such as 30d')
    .option('--dry-run', 'count, delete nothing')
    .option('-y, --yes', 'do not ask');
  set.asks(clean, async (context, args) => (await import('../verbs/clean.ts')).clean(context, args, clean.opts()));

  addNodeChanges(set);
}

function changeOptions(command: Command): Command {
  return addSelectorOptions(command)
    .option('--reason <text>', 'kept in the history')
    .option('--dry-run', 'count, change nothing')
    .option('-y, --yes', 'do not ask');
}

function addRunChange(set: CommandSet, change: Exclude<RunChange, 'priority'>, command: Command): void {
  set.asks(command, async (context, args) => (await import('../verbs/change-runs.ts')).changeRuns(context, change, args, command.opts()));
}

function addNodeChanges(set: CommandSet): void {
  const drain = set
    .verb('drain', 'let a node take no new runs; it is given back when it is empty')
    .argument('<node>')
    .option('--now', 'stop its runs first; they wait as ready')
    .option('--undo', 'let it take runs again')
    .option('-y, --yes', 'do not ask');
  set.asks(drain, async (context, [node = '']) => (await import('../verbs/node-commands.ts')).drain(context, node, drain.opts()));

  const cluster = set
    .verb('cluster', 'hold a cluster: no more nodes are requested of it until its release')
    .argument('<hold|release>')
    .argument('<name>')
    .option('--reason <text>', 'shown wherever the cluster is');
  set.asks(cluster, async (context, [change = '', name = '']) =>
    (await import('../verbs/node-commands.ts')).cluster(context, change, name, cluster.opts()),
  );

  const images = set
    .verb('images', 'container images of registries; `images update` pulls them anew')
    .argument('[update]')
    .argument('[image...]');
  set.asks(images, async (context, args) => (await import('../verbs/images.ts')).images(context, args));
}
