import { InvalidArgumentError } from 'commander';
import { collect } from './command-set.ts';
import type { CommandSet } from './command-set.ts';

/** The manager itself: starting, finding and stopping it. */
export function addManagerCommands(set: CommandSet): void {
  addServe(set);

  const stop = set
    .verb('stop', 'stop the manager')
    .option('--release', 'stop every run and give back every node first; works without a running manager too');
  set.asks(stop, async (context) => (await import('../verbs/stop.ts')).stop(context, stop.opts()));

  const managers = set.verb('managers', 'the managers that this account has, on any host that shares its home');
  set.asks(managers, async (context) => (await import('../verbs/managers.ts')).managers(context));

  const doctor = set
    .verb('doctor', 'look whether a manager would work here, Slurm included; submits nothing')
    .argument('[folder]', 'the definitions (default: those of the running manager)')
    .option('--def-dir <folder>', 'the definitions')
    .option('--repair', 'first set the damaged part of a journal aside and begin the index anew');
  set.asks(doctor, async (context, [folder]) => (await import('../verbs/doctor.ts')).doctor(context, doctor.opts(), folder));

  const open = set.verb('open', 'open the interface in a browser');
  set.asks(open, async (context) => (await import('../verbs/login.ts')).openInBrowser(context));

  const tunnel = set.verb('tunnel', 'print the ssh line that forwards the interface to your computer');
  set.asks(tunnel, async (context) => (await import('../verbs/tunnel.ts')).tunnel(context));

  const token = set
    .verb('token', 'print the token of the running manager')
    .option('--read-only', 'the one that changes nothing, to be given to colleagues')
    .option('--rotate', 'first replace it (without --read-only: both); the old one opens nothing any more');
  set.asks(token, async (context) => (await import('../verbs/login.ts')).token(context, token.opts()));

  const notify = set
    .verb('notify', 'tell people what happens; channels are in notify.yaml of the definitions')
    .option('--test', 'send a test message over every channel');
  set.asks(notify, async (context) => (await import('../verbs/notify.ts')).notify(context, notify.opts()));

  addCompletion(set);
}

function addServe({ program, parts }: CommandSet): void {
  const { terminal, version, servesByDefault, finish } = parts;
  const serve = program
    .command('serve', { isDefault: servesByDefault })
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
  serve.action(async () => finish(await (await import('../verbs/serve.ts')).serve(terminal, serve.opts(), version)));
}

function addCompletion({ program, parts }: CommandSet): void {
  program
    .command('completion')
    .description('print what a shell reads to complete these commands: eval "$(juqueue completion bash)"')
    .argument('<bash|zsh>')
    .action(async (shell: string) => {
      const { completionScripts } = await import('../verbs/complete.ts');
      if (shell !== 'bash' && shell !== 'zsh')
        throw new InvalidArgumentError(`There is no completion for '${shell}', expected bash or zsh.`);
      parts.terminal.out(completionScripts[shell]);
      parts.finish(0);
    });
}
