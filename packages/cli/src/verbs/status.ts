import type { Cluster, ExperimentSummary, Overview } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { shortDuration } from '../output/times.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** One screen: the manager, its clusters, its experiments, what is wrong. */
export async function status(context: VerbContext): VerbResult {
  const { client } = await context.connect();
  const overview = await client.call('getOverview', {});
  const { experiments, nextCursor } = await client.call('listExperiments', { query: { limit: 1000 } });
  const { terminal } = context;
  if (context.options.json === true) {
    printJson(terminal, { overview, experiments });
    return exitCodes.ok;
  }
  terminal.out(serverLine(overview, context.nowMs()));
  terminal.out(overview.clusters.map((cluster) => clusterLine(cluster, terminal)).join(''));
  if (experiments.length > 0) terminal.out(`\n${experimentTable(experiments, terminal)}`);
  if (nextCursor !== null) terminal.err(`The first ${experiments.length} of ${overview.experiments} experiments are shown.`);
  if (overview.remaining !== null) terminal.out(`\n${timeLeft(overview, overview.remaining)}\n`);
  if (overview.hubAgent !== null) terminal.out(`\n${hubLine(overview.hubAgent)}\n`);
  for (const line of troubles(overview, context.nowMs())) terminal.out(`${terminal.tint('yellow', line)}\n`);
  return exitCodes.ok;
}

function serverLine({ server }: Overview, nowMs: number): string {
  const flags = [server.isReadOnly ? 'read-only' : '', server.isStopping ? 'stopping' : '']
    .filter((flag) => flag !== '')
    .map((flag) => `, ${flag}`);
  return `JuQueue ${server.version} on ${server.host}, process ${server.pid}, up ${shortDuration(nowMs - server.startedAtMs)}${flags.join('')}, ${server.workDir}\n`;
}

function clusterLine(cluster: Cluster, terminal: Terminal): string {
  const { requested, submitted, running } = cluster.allocations;
  const waiting = requested + submitted;
  const held = cluster.heldBecause === null ? '' : `  ${terminal.tint('yellow', `held: ${cluster.heldBecause}`)}`;
  const slots = `${cluster.slots} slots: ${cluster.busySlots} busy ${cluster.slots - cluster.busySlots} idle`;
  const more = `${waiting === 0 ? '' : `  ${waiting} waiting`}${budgetText(cluster.budget)}${held}`;
  return `${cluster.name}  ${running}/${cluster.maxAllocations} nodes  ${slots}${more}\n`;
}

function hubLine({ url, agent, state, sentence }: NonNullable<Overview['hubAgent']>): string {
  return `hub ${url}, agent ${agent} ${state}${sentence === null ? '' : `: ${sentence}`}`;
}

function budgetText(budget: Cluster['budget']): string {
  if (budget === null) return '';
  const hours = (nodeMs: number): string => String(Number((nodeMs / 3_600_000).toFixed(2)));
  return `  ${hours(budget.spentNodeMs)} of ${hours(budget.nodeMs)} node-hours${budget.per === 'month' ? ' this month' : ''}`;
}

function experimentTable(experiments: readonly ExperimentSummary[], terminal: Terminal): string {
  const rows = experiments.map(({ name, runs, counts, remaining }) => [
    name,
    String(runs),
    String(counts.ready),
    String(counts.running),
    String(counts.finished),
    counts.failed === 0 ? '0' : terminal.tint('red', String(counts.failed)),
    String(counts.inactive),
    runs === 0 ? '-' : `${Math.floor((counts.finished / runs) * 100)}%`,
    remaining === null ? '-' : shortDuration(remaining.likelyMs),
  ]);
  return table(['EXPERIMENT', '>TOTAL', '>READY', '>RUNNING', '>FINISHED', '>FAILED', '>INACTIVE', '>DONE', '>LEFT'], rows);
}

/** `about 3h10m left (2h40m to 4h20m), without 12 runs of unknown time` */
function timeLeft({ runsOfUnknownTime }: Overview, { lowMs, likelyMs, highMs }: NonNullable<Overview['remaining']>): string {
  const without =
    runsOfUnknownTime === 0 ? '' : `, without ${runsOfUnknownTime} ${runsOfUnknownTime === 1 ? 'run' : 'runs'} of unknown time`;
  return `about ${shortDuration(likelyMs)} left (${shortDuration(lowMs)} to ${shortDuration(highMs)})${without}`;
}

function troubles(overview: Overview, nowMs: number): readonly string[] {
  return [
    ...(overview.storeTrouble === null ? [] : [`journal: ${overview.storeTrouble}`]),
    ...overview.notices,
    ...(overview.problems === 0 ? [] : [`${overview.problems} problems in the definitions: juqueue reload shows them`]),
    ...(overview.hasPendingPlan ? ['changed definitions wait: juqueue reload shows them, juqueue reload --apply applies them'] : []),
    ...refused(overview.refusedRequests, nowMs),
  ];
}

/** Somebody on this machine may be trying tokens. */
function refused({ count, lastAtMs }: Overview['refusedRequests'], nowMs: number): readonly string[] {
  if (count === 0 || lastAtMs === null) return [];
  return [
    `${count} ${count === 1 ? 'request' : 'requests'} without a valid token refused, the last one ${shortDuration(nowMs - lastAtMs)} ago`,
  ];
}
