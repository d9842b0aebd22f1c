import { addSelectorOptions } from '../selector-options.ts';
import type { CommandSet } from './command-set.ts';

/** What runs would cost and have cost. */
export function addCostCommands(set: CommandSet): void {
  const estimate = addSelectorOptions(set.verb('estimate', 'what runs would cost and take on 1, 2, 4 … nodes, before they start')).option(
    '--assume <duration>',
    'time of runs of which nobody knows it, such as 45m or 2h',
  );
  set.asks(estimate, async (context, args) => (await import('../verbs/estimate.ts')).estimate(context, args, estimate.opts()));

  const report = set
    .verb('report', 'what was billed, and where it went')
    .option('--by <what>', 'cluster, experiment, day or allocation; several with commas (default: cluster,experiment)')
    .option('--allocations', 'every allocation too')
    .option('--site', 'what the sites themselves say: sacct beside our bills, quotas by sshare and jutil')
    .option('--csv', 'as CSV, times in node-seconds')
    .option('--html <file>', 'write one page with charts and tables that needs no network');
  set.asks(report, async (context) => (await import('../verbs/report.ts')).report(context, report.opts()));
}
