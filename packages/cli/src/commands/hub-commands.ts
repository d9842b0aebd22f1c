import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { collect, integer, whole } from './command-set.ts';
import type { CommandSet } from './command-set.ts';

/** A hub, the agent that takes its jobs, and the jobs of people. */
export function addHubCommands(set: CommandSet): void {
  addHub(set);
  addAgent(set);

  const login = set
    .hubVerb('login', 'note the hub and the API key for the commands about jobs')
    .argument('<url>')
    .option('--key-file <file>', 'the key (default: standard input); a file that only you read');
  set.asks(login, async (context, [url = '']) => (await import('../hub/hub-login.ts')).login(context, url, login.opts()));

  const submit = submitOptions(
    set.hubVerb('submit', 'submit a command to the hub; what stands after -- is its program and arguments').argument('[command...]'),
  );
  set.asks(submit, async (context, command) => (await import('../hub/submit.ts')).submit(context, command, submit.opts()));

  const runFile = submitOptions(
    set.hubVerb('run-file', 'submit a program of this machine to the hub').argument('<file>').argument('[argument...]'),
  ).option('--runner <program>', 'what executes it, such as python3; without it it is executable');
  set.asks(runFile, async (context, [file = '', ...rest]) =>
    (await import('../hub/submit.ts')).runFile(context, file, rest, runFile.opts()),
  );

  const jobs = set
    .hubVerb('jobs', 'your jobs at the hub, newest first')
    .option('--status <status>', 'only in this status; repeatable', collect)
    .option('--queue <name>', 'only of this queue')
    .option('--limit <number>', 'the most rows', whole);
  set.asks(jobs, async (context) => (await import('../hub/jobs.ts')).jobs(context, jobs.opts()));

  const job = set.hubVerb('job', 'one job of the hub, and what became of it').argument('<job>');
  set.asks(job, async (context, [id = '']) => (await import('../hub/jobs.ts')).job(context, id));

  const get = set
    .hubVerb('get', 'fetch the files that a job has left, or an artifact')
    .argument('<job|artifact>')
    .option('-o, --output <folder>', 'where to (default: here)');
  set.asks(get, async (context, [id = '']) => (await import('../hub/jobs.ts')).get(context, id, get.opts()));

  const results = set
    .hubVerb('results', 'jobs of the hub as they end, oldest first')
    .option('-f, --follow', 'go on with those that end')
    .option('--reader <name>', 'go on where this reader was')
    .option('--queue <name>', 'only of this queue');
  set.asks(results, async (context) => (await import('../hub/jobs.ts')).results(context, results.opts()));
}

function addHub({ program, parts }: CommandSet): void {
  const { terminal, version, finish } = parts;
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
    .option(
      '--adapter <name>',
      'speak the interface of another system too, for its clients: hpc-queue, compute-queues, emx2, marketplace or firecrest; repeatable',
      collect,
    )
    .option(
      '--callback-host <host>',
      'a host that the hub may call for jobs, such as hooks.example.org or *.example.org; repeatable',
      collect,
    )
    .option('--allow-private-callbacks', 'also when its addresses are private')
    .option('--keep-days <days>', 'events older than this are removed', '90')
    .option('--keep-events <number>', 'beyond this number the oldest events are removed, once named readers have passed them', '2000000');
  hub.action(async () => finish(await (await import('../verbs/hub.ts')).hub(terminal, hub.opts(), version)));
}

function addAgent(set: CommandSet): void {
  const what =
    'check what it needs; serve for ever (run) or until nothing is to be done (once, for cron); tell the hub what is offered (register); write a systemd unit (install-service)';
  const agent = set
    .verb('agent', 'take jobs of a hub for the manager of a work-dir; a manager with hub: in clusters.yaml does it by itself')
    .addArgument(new Argument('<what>', what).choices(['check', 'run', 'once', 'register', 'install-service']))
    .option('--config <file>', 'what stands below hub: otherwise, in a file of its own')
    .option('--def-dir <folder>', 'definitions (default: those of the running manager)')
    .option('--drain', 'take no new jobs, and end when those that are here are done')
    .option('--simulate', 'take jobs and execute nothing: they finish by themselves')
    .addOption(new Option('--managed').hideHelp());
  set.asks(agent, async (context, [act = '']) => (await import('../verbs/agent.ts')).agent(context, act, agent.opts(), set.parts.version));
}

function submitOptions(command: Command): Command {
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
