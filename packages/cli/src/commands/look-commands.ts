import { isJobId } from '../hub/job-id.ts';
import { addSelectorOptions } from '../selector-options.ts';
import { whole } from './command-set.ts';
import type { CommandSet } from './command-set.ts';

/** What there is and why; nothing here changes anything. */
export function addLookCommands(set: CommandSet): void {
  const status = set.verb('status', 'one screen: manager, clusters, experiments, what is wrong');
  set.asks(status, async (context) => (await import('../verbs/status.ts')).status(context));

  const runs = addSelectorOptions(set.verb('runs', 'list runs'))
    .option(
      '--sort <key>',
      'id, changed, created, started, ended, duration, priority, attempt, status, reason, node or parameters.<name>; a leading minus reverses',
    )
    .option('--limit <number>', 'the most rows', whole)
    .option('--all', 'every row')
    .option('--names', 'ids only')
    .option('-o, --output <format>', 'table, wide, name or tsv')
    .option('--fields <names>', 'these columns or keys only, such as id,status,parameters.lr')
    .option('-w, --watch', 'go on with what changes; with --json one line for each changed run');
  set.asks(runs, async (context, args) => (await import('../verbs/runs.ts')).runs(context, args, runs.opts()));

  const show = set
    .verb('show', 'one run with its attempts')
    .argument('<run>')
    .option('--script', 'what it executed, as a bash script to do the same by hand')
    .option('--attempt <number>', 'with --script: of this attempt', whole);
  set.asks(show, async (context, [run = '']) => (await import('../verbs/show.ts')).show(context, run, show.opts()));

  const logs = set
    .verb('logs', 'what a run, or a job of the hub, wrote: its stdout on stdout, its stderr on stderr')
    .argument('<run|job>')
    .option('--stdout', 'only stdout')
    .option('--stderr', 'only stderr')
    .option('--tail <lines>', 'the last lines only', whole)
    .option('-f, --follow', 'go on until the run has ended')
    .option('--raw', 'every byte, also what progress bars have overwritten')
    .option('--grep <text>', 'only the lines of the whole log that hold this text')
    .option('-i, --ignore-case', 'for --grep: upper and lower case are the same');
  set.asks(logs, async (context, [of = '']) => {
    if (isJobId(of)) return (await import('../hub/jobs.ts')).jobLogs(context, of, logs.opts());
    return (await import('../verbs/logs.ts')).logs(context, of, logs.opts());
  });

  const failures = set
    .verb('failures', 'failed runs by what went wrong; equal failures are one line')
    .option('--experiment <name>', 'only of this experiment')
    .option('--limit <number>', 'the most kinds of failure', whole);
  set.asks(failures, async (context) => (await import('../verbs/failures.ts')).failures(context, failures.opts()));

  const explain = set.verb('explain', 'why a run waits, a node is kept or a cluster does not grow').argument('<run|node|cluster>');
  set.asks(explain, async (context, [of = '']) => (await import('../verbs/explain.ts')).explain(context, of));

  const nodes = set.verb('nodes', 'list nodes and what is in their slots').option('--cluster <name>', 'only of this cluster');
  set.asks(nodes, async (context) => (await import('../verbs/nodes.ts')).nodes(context, nodes.opts()));

  const events = set
    .verb('events', 'what happened, oldest first')
    .option('--since <number>', 'only events after this one', whole)
    .option('--run <run>', 'only events about this run')
    .option('-f, --follow', 'go on with what happens');
  set.asks(events, async (context) => (await import('../verbs/events.ts')).events(context, events.opts()));

  const progress = set
    .verb('progress', 'how far experiments are, until they are done; fails when runs failed')
    .argument('[experiment...]', 'only these')
    .option('--once', 'show it once')
    .option('--interval <seconds>', 'how often', whole);
  set.asks(progress, async (context, names) => (await import('../verbs/progress.ts')).progress(context, names, progress.opts()));

  const wait = addSelectorOptions(set.verb('wait', 'wait until runs have ended; fails when some failed'))
    .option('--timeout <duration>', 'give up after, such as 90s, 10m, 1h30m')
    .option('--ignore-failures', 'succeed however they ended');
  set.asks(wait, async (context, args) => {
    const [only = ''] = args;
    if (args.length === 1 && isJobId(only)) return (await import('../hub/jobs.ts')).waitForJob(context, only);
    return (await import('../verbs/wait.ts')).wait(context, args, wait.opts());
  });
}
