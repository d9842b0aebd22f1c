import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from './output/terminal.ts';
import { exampleText } from './examples.ts';
import { addSelectorOptions } from './selector-options.ts';
import type { CommonOptions, VerbContext, VerbResult } from './verb.ts';

export interface ProgramParts {
  readonly version: string;
  readonly terminal: Terminal;
  /** Whether a command line without a command serves. */
  readonly servesByDefault: boolean;
  context(options: CommonOptions): VerbContext;
  /** Takes the exit code of the command that ran. */
  finish(code: number): void;
}

/**
 * All commands. Each one's code is loaded only when it is called: most start in a few milliseconds that way. What cannot be
 * parsed is thrown as CommanderError and printed by nobody here.
 */
export function createProgram(parts: ProgramParts): Command {
  const { terminal, finish, context } = parts;
  const program = new Command('juqueue')
    .description('Packs runs into the nodes of a cluster. Without a command it serves; every other command speaks to the manager of a work-dir.')
    .version(parts.version)
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: () => undefined })
    .addHelpText('after', '\nTo serve: juqueue --def-dir <folder> --work-dir <folder> [--port <port>]; all options: juqueue serve --help')
    .showSuggestionAfterError()
    .exitOverride();

  const verb = (name: string, summary: string): Command =>
    program.command(name).description(summary).option('--work-dir <folder>', 'work-dir of the manager (else JUQUEUE_WORK_DIR, else the nearest .juqueue upwards)').option('--json', 'answer as JSON');
  const asks = (command: Command, act: (context: VerbContext, args: readonly string[]) => VerbResult): Command =>
    command.action(async () => finish(await act(context(command.opts()), command.args)));

  const serve = program
    .command('serve', { isDefault: parts.servesByDefault })
    .description('serve the definitions of a folder (the default)')
    .option('--def-dir <folder>', 'definitions: clusters.yaml and experiments/')
    .option('--work-dir <folder>', 'where runs and the state of the manager live')
    .option('--python <interpreter>', 'reads Python definitions (else JUQUEUE_PYTHON, else python3)')
    .option('--port <port>', 'TCP port; 0 for any, -1 for none', '51234')
    .option('--unix-socket <path>', 'unix socket (default: in the work-dir)')
    .option('--listen <address>', 'address of the TCP port', '127.0.0.1')
    .option('--allow-host <name>', 'another name by which this server may be called; repeatable', collect)
    .option('--detach', 'go on without the terminal')
    .option('--read-only', 'refuse everything that changes something')
    .option('--repair', 'set the damaged part of a journal aside and go on from before it')
    .option('--debug', 'say more');
  serve.action(async () => finish(await (await import('./verbs/serve.ts')).serve(terminal, serve.opts(), parts.version)));

  const hub = program
    .command('hub')
    .description('serve a hub: people submit jobs to it, managers inside take them')
    .option('--data <folder>', 'where the hub keeps everything')
    .option('--listen <address>', 'address of its port', '127.0.0.1')
    .option('--port <port>', 'TCP port; 0 for any', '51236')
    .option('--redis <place>', 'a Redis that is there: unix:PATH or HOST:PORT (default: the hub starts one of its own)')
    .option('--redis-password-file <file>', 'its password, in a file that only you read')
    .option('--tls-cert <file>', 'certificate in PEM; needed to listen where others can reach it')
    .option('--tls-key <file>', 'its key in PEM')
    .option('--adapter <name>', 'speak the interface of another system too, for its clients: hpc-queue, compute-queues, emx2, marketplace or firecrest; repeatable', collect)
    .option('--callback-host <host>', 'a host that the hub may call for jobs, such as hooks.example.org or *.example.org; repeatable', collect)
    .option('--allow-private-callbacks', 'also when its addresses are private');
  hub.action(async () => finish(await (await import('./verbs/hub.ts')).hub(terminal, hub.opts(), parts.version)));

  const login = verb('login', 'note the hub and the API key for the commands about jobs').argument('<url>').option('--key-file <file>', 'the key (default: standard input); a file that only you read');
  asks(login, async (asked, [url = '']) => (await import('./hub/hub-login.ts')).login(asked, url, login.opts()));

  const submit = addSubmitOptions(verb('submit', 'submit a command to the hub; what stands after -- is its program and arguments').argument('[command...]'));
  asks(submit, async (asked, command) => (await import('./hub/submit.ts')).submit(asked, command, submit.opts()));
  const runFile = addSubmitOptions(verb('run-file', 'submit a program of this machine to the hub').argument('<file>').argument('[argument...]')).option('--runner <program>', 'what executes it, such as python3; without it it is executable');
  asks(runFile, async (asked, [file = '', ...rest]) => (await import('./hub/submit.ts')).runFile(asked, file, rest, runFile.opts()));

  const jobs = verb('jobs', 'your jobs at the hub, newest first').option('--status <status>', 'only in this status; repeatable', collect).option('--queue <name>', 'only of this queue').option('--limit <number>', 'the most rows', whole);
  asks(jobs, async (asked) => (await import('./hub/jobs.ts')).jobs(asked, jobs.opts()));
  asks(verb('job', 'one job of the hub, and what became of it').argument('<job>'), async (asked, [id = '']) => (await import('./hub/jobs.ts')).job(asked, id));
  const get = verb('get', 'fetch the files that a job has left, or an artifact').argument('<job|artifact>').option('-o, --output <folder>', 'where to (default: here)');
  asks(get, async (asked, [id = '']) => (await import('./hub/jobs.ts')).get(asked, id, get.opts()));
  const results = verb('results', 'jobs of the hub as they end, oldest first').option('-f, --follow', 'go on with those that end').option('--reader <name>', 'go on where this reader was').option('--queue <name>', 'only of this queue');
  asks(results, async (asked) => (await import('./hub/jobs.ts')).results(asked, results.opts()));

  const agent = verb('agent', 'take jobs of a hub for the manager of a work-dir; a manager with hub: in clusters.yaml does it by itself')
    .addArgument(new Argument('<what>', 'check what it needs; serve for ever (run) or until nothing is to be done (once, for cron); tell the hub what is offered (register); write a systemd unit (install-service)').choices(['check', 'run', 'once', 'register', 'install-service']))
    .option('--config <file>', 'what stands below hub: otherwise, in a file of its own')
    .option('--def-dir <folder>', 'definitions (default: those of the running manager)')
    .option('--drain', 'take no new jobs, and end when those that are here are done')
    .option('--simulate', 'take jobs and execute nothing: they finish by themselves')
    .addOption(new Option('--managed').hideHelp());
  asks(agent, async (asked, [what = '']) => (await import('./verbs/agent.ts')).agent(asked, what, agent.opts(), parts.version));

  asks(verb('status', 'one screen: manager, clusters, experiments, what is wrong'), async (asked) => (await import('./verbs/status.ts')).status(asked));

  asks(verb('managers', 'the managers that this account has, on any host that shares its home'), async (asked) => (await import('./verbs/managers.ts')).managers(asked));

  const runs = addSelectorOptions(verb('runs', 'list runs'))
    .option('--sort <key>', 'id, changed, created, started, ended, duration, priority, attempt, status, reason, node or parameters.<name>; a leading minus reverses')
    .option('--limit <number>', 'the most rows', whole)
    .option('--all', 'every row')
    .option('--names', 'ids only')
    .option('-o, --output <format>', 'table, wide, name or tsv')
    .option('--fields <names>', 'these columns or keys only, such as id,status,parameters.lr')
    .option('-w, --watch', 'go on with what changes; with --json one line for each changed run');
  asks(runs, async (asked, args) => (await import('./verbs/runs.ts')).runs(asked, args, runs.opts()));

  const show = verb('show', 'one run with its attempts').argument('<run>').option('--script', 'what it executed, as a bash script to do the same by hand').option('--attempt <number>', 'with --script: of this attempt', whole);
  asks(show, async (asked, [run = '']) => (await import('./verbs/show.ts')).show(asked, run, show.opts()));

  const logs = verb('logs', 'what a run, or a job of the hub, wrote: its stdout on stdout, its stderr on stderr')
    .argument('<run|job>')
    .option('--stdout', 'only stdout')
    .option('--stderr', 'only stderr')
    .option('--tail <lines>', 'the last lines only', whole)
    .option('-f, --follow', 'go on until the run has ended')
    .option('--raw', 'every byte, also what progress bars have overwritten')
    .option('--grep <text>', 'only the lines of the whole log that hold this text')
    .option('-i, --ignore-case', 'for --grep: upper and lower case are the same');
  asks(logs, async (asked, [run = '']) => (isJobId(run) ? (await import('./hub/jobs.ts')).jobLogs(asked, run, logs.opts()) : (await import('./verbs/logs.ts')).logs(asked, run, logs.opts())));

  for (const [name, summary] of runChanges) {
    const change = addSelectorOptions(name === 'priority' ? verb(name, summary).argument('<number>', 'higher starts earlier', integer) : verb(name, summary))
      .option('--reason <text>', 'kept in the history')
      .option('--dry-run', 'count, change nothing')
      .option('-y, --yes', 'do not ask');
    if (name === 'resume') change.option('--fresh', 'start in an empty directory; what is there is set aside beside it');
    if (name === 'cancel') change.option('--force', 'stop executing runs too');
    asks(change, async (asked, args) => {
      if (name === 'cancel' && args.length > 0 && args.every(isJobId)) return (await import('./hub/jobs.ts')).cancelJobs(asked, args);
      const priority = name === 'priority' ? { priority: integer(args[0] ?? '') } : {};
      return (await import('./verbs/change-runs.ts')).changeRuns(asked, name, name === 'priority' ? args.slice(1) : args, { ...change.opts(), ...priority });
    });
  }

  const clean = addSelectorOptions(verb('clean', 'delete the folders of runs that have ended, with outputs and logs; the runs stay'))
    .option('--finished', 'only finished ones')
    .option('--older <duration>', 'only those that ended so long ago, such as 30d')
    .option('--dry-run', 'count, delete nothing')
    .option('-y, --yes', 'do not ask');
  asks(clean, async (asked, args) => (await import('./verbs/clean.ts')).clean(asked, args, clean.opts()));

  const drain = verb('drain', 'let a node take no new runs; it is given back when it is empty')
    .argument('<node>')
    .option('--now', 'stop its runs first; they wait as ready')
    .option('--undo', 'let it take runs again')
    .option('-y, --yes', 'do not ask');
  asks(drain, async (asked, [node = '']) => (await import('./verbs/node-commands.ts')).drain(asked, node, drain.opts()));
  const cluster = verb('cluster', 'hold a cluster: no more nodes are requested of it until its release').argument('<hold|release>').argument('<name>').option('--reason <text>', 'shown wherever the cluster is');
  asks(cluster, async (asked, [change = '', name = '']) => (await import('./verbs/node-commands.ts')).cluster(asked, change, name, cluster.opts()));

  const failures = verb('failures', 'failed runs by what went wrong; equal failures are one line').option('--experiment <name>', 'only of this experiment').option('--limit <number>', 'the most kinds of failure', whole);
  asks(failures, async (asked) => (await import('./verbs/failures.ts')).failures(asked, failures.opts()));

  asks(verb('images', 'container images of registries; `images update` pulls them anew').argument('[update]').argument('[image...]'), async (asked, args) => (await import('./verbs/images.ts')).images(asked, args));

  const reload = verb('reload', 'read the definitions again and show what they change')
    .option('--apply', 'apply also what concerns running runs')
    .addOption(new Option('--running <choice>', 'with --apply: running runs of a changed definition restart, finish first, or nothing of their experiment is applied').choices(['restart', 'finish', 'skip']).default('restart'))
    .option('--choose <experiment=choice>', 'with --apply: another choice for one experiment; repeatable', collect);
  asks(reload, async (asked) => (await import('./verbs/reload.ts')).reload(asked, reload.opts()));

  const nodes = verb('nodes', 'list nodes and what is in their slots').option('--cluster <name>', 'only of this cluster');
  asks(nodes, async (asked) => (await import('./verbs/nodes.ts')).nodes(asked, nodes.opts()));

  asks(verb('explain', 'why a run waits, a node is kept or a cluster does not grow').argument('<run|node|cluster>'), async (asked, [of = '']) => (await import('./verbs/explain.ts')).explain(asked, of));

  const estimate = addSelectorOptions(verb('estimate', 'what runs would cost and take on 1, 2, 4 … nodes, before they start'))
    .option('--assume <duration>', 'time of runs of which nobody knows it, such as 45m or 2h');
  asks(estimate, async (asked, args) => (await import('./verbs/estimate.ts')).estimate(asked, args, estimate.opts()));

  const report = verb('report', 'what was billed, and where it went')
    .option('--by <what>', 'cluster, experiment, day or allocation; several with commas (default: cluster,experiment)')
    .option('--allocations', 'every allocation too')
    .option('--site', 'what the sites themselves say: sacct beside our bills, quotas by sshare and jutil')
    .option('--csv', 'as CSV, times in node-seconds')
    .option('--html <file>', 'write one page with charts and tables that needs no network');
  asks(report, async (asked) => (await import('./verbs/report.ts')).report(asked, report.opts()));

  const wait = addSelectorOptions(verb('wait', 'wait until runs have ended; fails when some failed'))
    .option('--timeout <duration>', 'give up after, such as 90s, 10m, 1h30m')
    .option('--ignore-failures', 'succeed however they ended');
  asks(wait, async (asked, args) => (args.length === 1 && isJobId(args[0] ?? '') ? (await import('./hub/jobs.ts')).waitForJob(asked, args[0] ?? '') : (await import('./verbs/wait.ts')).wait(asked, args, wait.opts())));

  const progress = verb('progress', 'how far experiments are, until they are done; fails when runs failed')
    .argument('[experiment...]', 'only these')
    .option('--once', 'show it once')
    .option('--interval <seconds>', 'how often', whole);
  asks(progress, async (asked, names) => (await import('./verbs/progress.ts')).progress(asked, names, progress.opts()));

  const events = verb('events', 'what happened, oldest first')
    .option('--since <number>', 'only events after this one', whole)
    .option('--run <run>', 'only events about this run')
    .option('-f, --follow', 'go on with what happens');
  asks(events, async (asked) => (await import('./verbs/events.ts')).events(asked, events.opts()));

  const notify = verb('notify', 'tell people what happens; channels are in notify.yaml of the definitions').option('--test', 'send a test message over every channel');
  asks(notify, async (asked) => (await import('./verbs/notify.ts')).notify(asked, notify.opts()));

  asks(verb('open', 'open the interface in a browser'), async (asked) => (await import('./verbs/login.ts')).openInBrowser(asked));
  asks(verb('tunnel', 'print the ssh line that forwards the interface to your computer'), async (asked) => (await import('./verbs/tunnel.ts')).tunnel(asked));
  const token = verb('token', 'print the token of the running manager').option('--read-only', 'the one that changes nothing, to be given to colleagues').option('--rotate', 'first replace it (without --read-only: both); the old one opens nothing any more');
  asks(token, async (asked) => (await import('./verbs/login.ts')).token(asked, token.opts()));

  program
    .command('completion')
    .description('print what a shell reads to complete these commands: eval "$(juqueue completion bash)"')
    .argument('<bash|zsh>')
    .action(async (shell: string) => {
      const { completionScripts } = await import('./verbs/complete.ts');
      if (shell !== 'bash' && shell !== 'zsh') throw new InvalidArgumentError(`There is no completion for '${shell}', expected bash or zsh.`);
      terminal.out(completionScripts[shell]);
      finish(0);
    });

  const stop = verb('stop', 'stop the manager').option('--release', 'stop every run and give back every node first; works without a running manager too');
  asks(stop, async (asked) => (await import('./verbs/stop.ts')).stop(asked, stop.opts()));

  const doctor = verb('doctor', 'look whether a manager would work here, Slurm included; submits nothing').argument('[folder]', 'the definitions (default: those of the running manager)').option('--def-dir <folder>', 'the definitions').option('--repair', 'first set the damaged part of a journal aside and begin the index anew');
  asks(doctor, async (asked, [folder]) => (await import('./verbs/doctor.ts')).doctor(asked, doctor.opts(), folder));

  const validate = verb('validate', 'check definitions without a manager')
    .argument('[folder]', 'the definitions')
    .option('--def-dir <folder>', 'the definitions')
    .option('--python <interpreter>', 'reads Python definitions (else JUQUEUE_PYTHON, else python3)')
    .addOption(new Option('--schema [of]', 'print the JSON Schema of a file for editors, or the types of TypeScript definitions; checks nothing').choices(['experiment', 'clusters', 'typescript']).preset('experiment'));
  validate.action(async () => finish(await (await import('./verbs/validate.ts')).validate(terminal, validate.opts(), validate.args[0])));
  const init = verb('init', 'write definitions to start from')
    .argument('[folder]', 'where (default: defs)')
    .addOption(new Option('--language <language>', 'of the example').choices(['yaml', 'typescript', 'python']).default('yaml'))
    .option('--from-sbatch <script>', 'definitions that execute this batch script; an array becomes a matrix');
  init.action(async () => finish(await (await import('./verbs/init.ts')).init(terminal, init.opts(), init.args[0])));
  for (const command of program.commands) command.addHelpText('after', exampleText(command.name()) ?? '');
  return program;
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** A job is a UUID; runs have an @ in them. */
function isJobId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

function addSubmitOptions(command: Command): Command {
  return command
    .option('--wait', 'copy its output here and end as it does')
    .option('--queue <name>', 'queue of the hub')
    .option('--name <text>', 'for people')
    .option('--profile <processor/profile>', 'kind of job that an agent offers')
    .option('--image <image>', 'container image, such as docker://python:3.13')
    .option('--input <json>', 'its input.json; @file reads it from a file')
    .option('--file <path[:target]>', 'a file that it finds; repeatable', collect)
    .option('--artifact <id[/file][:target]>', 'an artifact, or a file of one, that it finds; repeatable', collect)
    .option('--env <name=value>', 'environment variable; repeatable', collect)
    .option('--slots <number>', 'slots of a node', whole)
    .option('--cpus <number>', 'processor cores', whole)
    .option('--gpus <number>', 'graphics processors', whole)
    .option('--mem <size>', 'memory, such as 8GB')
    .option('--time-limit <duration>', 'ends it after, such as 2h')
    .option('--priority <number>', 'higher is earlier', integer)
    .option('--cluster <name>', 'only this cluster will do')
    .option('--dedupe', 'take the result of an equal job when there is one');
}

const runChanges = [
  ['resume', 'put runs into the queue (again)'],
  ['cancel', 'take runs out of the queue; ids of jobs are cancelled at the hub'],
  ['hold', 'keep ready runs from being started'],
  ['release', 'let held runs start again'],
  ['priority', 'give runs another priority, until their definition changes'],
] as const;

function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}
