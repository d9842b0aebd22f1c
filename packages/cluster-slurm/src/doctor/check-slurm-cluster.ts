import type { ClusterDefinition } from '@juqueue/core';
import { siteDefaults } from '../command/command-environment.ts';
import type { CommandResult } from '../command/run-command.ts';
import { describeFailure } from '../command/run-command.ts';
import { SlurmCommands } from '../command/slurm-commands.ts';
import { parsePartitions } from '../probe/parse-partition.ts';
import { driverOf } from '../slurm-cluster.ts';
import { directiveObjections } from '../submit/directive-objections.ts';
import { jobScript } from '../submit/job-script.ts';
import { namedCluster, sbatchOptions } from '../submit/sbatch-options.ts';
import type { Finding } from './finding.ts';
import { fine, warning, wrong } from './finding.ts';
import { judgePartition } from './judge-partition.ts';

/**
 * Looks whether the live Slurm would take the allocations of this cluster, without submitting anything: programs,
 * controller, accounting, partition, walltime, account, directives, and sbatch's own test. Stops at what makes the rest
 * meaningless.
 */
export async function checkSlurmCluster(
  definition: ClusterDefinition,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly Finding[]> {
  const driver = driverOf(definition);
  const commands = new SlurmCommands(env, namedCluster(driver.directives));
  const ping = await commands.ping();
  if (ping.kind === 'not-started')
    return [
      wrong('programs', describeFailure('scontrol', ping), "put Slurm's programs on the PATH, for instance by loading the site's module"),
    ];
  if (!isUp(ping)) return [wrong('controller', 'slurmctld does not answer', 'try again later; nothing can be submitted meanwhile')];
  const { version, hasAccounting, isMemoryDivided } = await commands.capabilities();
  const site = siteDefaults(env);
  const queue = driver.queue ?? site.partition;
  const partitions = await commands.partitions();
  return [
    fine('controller', `Slurm ${version ?? 'of an unknown version'} answers`),
    ...(hasAccounting ? [] : [warning('accounting', 'this Slurm keeps no accounts', "bills are taken from the controller's own word")]),
    ...(succeeded(partitions)
      ? judgePartition(definition, queue, parsePartitions(partitions.stdout))
      : [warning('partition', describeFailure('scontrol', partitions), 'try again later')]),
    ...(hasAccounting ? judgeAccount(driver.account ?? site.account, await commands.accounts()) : []),
    ...directiveObjections(driver.directives).map((objection) => wrong('directives', objection, 'remove it from job_extra_directives')),
    judgeTest(
      await commands.testSubmit(
        sbatchOptions({
          definition,
          driver,
          request: definition,
          jobName: 'juqueue-test',
          directory: '/',
          output: '/dev/null',
          site,
          isMemoryDivided,
          excludedHosts: [],
        }),
        jobScript(driver.prologue, { nodeBinary: '/bin/true', program: 'test', arguments: [] }),
      ),
    ),
  ];
}

/** With a backup controller there is a line for each; one that lives is enough. */
function isUp(ping: CommandResult): boolean {
  return ping.kind === 'exited' && (ping.status === 0 || /\bis UP\b/.test(ping.stdout));
}

/** Some sites show nobody his accounts; an empty answer says nothing. */
function judgeAccount(account: string | null, answer: CommandResult): readonly Finding[] {
  if (!succeeded(answer) || account === null) return [];
  const own = [...new Set(answer.stdout.split('\n').flatMap((line) => line.split('|')[0] || []))];
  if (own.length === 0) return [];
  if (own.some((name) => name.toLowerCase() === account.toLowerCase())) return [fine('account', `account ${account} is yours`)];
  return [wrong('account', `account ${account} is none of yours`, `set account to one of ${own.join(', ')}`)];
}

/** sbatch tells where and when the job would start on its standard error. */
function judgeTest(result: CommandResult): Finding {
  if (succeeded(result))
    return fine(
      'test-submission',
      result.stderr
        .replace(/^sbatch: /gm, '')
        .trim()
        .split('\n')
        .at(-1) || 'sbatch would take the job',
    );
  return wrong('test-submission', describeFailure('sbatch', result), 'sbatch refuses such allocations; see its words');
}

function succeeded(result: CommandResult): result is Extract<CommandResult, { readonly kind: 'exited' }> {
  return result.kind === 'exited' && result.status === 0;
}
