import type { ClusterEstimate } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { bar } from '../output/bar.ts';
import { nodeTime, percent } from '../output/node-time.ts';
import { table } from '../output/table.ts';
import { parseDuration, shortDuration } from '../output/times.ts';
import { selectorOf } from '../selector-options.ts';
import type { SelectorOptions } from '../selector-options.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface EstimateVerbOptions extends SelectorOptions {
  readonly assume?: string;
}

type Point = ClusterEstimate['points'][number];

const barWidth = 24;

/** What runs would cost and how long they would take, for 1, 2, 4 … nodes. Starts nothing and refuses nothing. */
export async function estimate(context: VerbContext, selectors: readonly string[], options: EstimateVerbOptions): VerbResult {
  const assumeMs = options.assume === undefined ? undefined : parseDuration(options.assume);
  if (assumeMs === null || assumeMs === 0)
    throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--assume is '${options.assume}', expected a duration such as 45m or 2h.`);
  const { client } = await context.connect();
  const answer = await client.call('estimate', { query: { ...selectorOf(selectors, options), assumeMs } });
  const { terminal } = context;
  if (context.options.json === true) {
    printJson(terminal, answer);
    return exitCodes.ok;
  }
  if (answer.matched === 0)
    throw new CommandError(
      exitCodes.noMatch,
      'JQ_RUN_NOT_FOUND',
      'No run matches that has not finished.',
      'juqueue runs shows those there are.',
    );
  terminal.out(answer.clusters.map(clusterText).join('\n'));
  if (answer.homeless > 0) terminal.out(`${count(answer.homeless, 'run')} can start on no cluster; juqueue explain says why of each.\n`);
  return exitCodes.ok;
}

function clusterText(estimated: ClusterEstimate): string {
  const { cluster, runs, points } = estimated;
  if (points.length === 0) return `${cluster}: ${count(estimated.unknownRuns, 'run')}; ${unknownText(estimated)}\n`;
  return [
    `${cluster}: ${count(runs, 'run')} ${sourceText(estimated)}\n`,
    pointTable(estimated),
    ...notes(estimated).map((note) => `${note}\n`),
  ].join('');
}

function pointTable({ points, kneeNodes, lowerBoundNodeMs }: ClusterEstimate): string {
  const mostMs = Math.max(...points.map(({ billedNodeMs }) => billedNodeMs));
  const rows = points.map(({ nodes, makespanMs, makespanRangeMs, billedNodeMs, billedRangeNodeMs, moves }) => [
    String(nodes),
    withRange(shortDuration, makespanMs, makespanRangeMs),
    withRange(hours, billedNodeMs, billedRangeNodeMs),
    String(moves),
    percent(lowerBoundNodeMs, billedNodeMs),
    bar(billedNodeMs / mostMs, barWidth),
    nodes === kneeNodes ? '← knee' : '',
  ]);
  return table(['>nodes', '>time', '>node-hours', '>moves', '>efficiency', 'cost', ''], rows);
}

/** `6h10m`, or `6h10m (5h50m to 7h)` when it is not sure. */
function withRange(format: (ms: number) => string, likely: number, { low, high }: Point['makespanRangeMs']): string {
  return low === high ? format(likely) : `${format(likely)} (${format(low)} to ${format(high)})`;
}

function notes(estimated: ClusterEstimate): readonly string[] {
  const { points, kneeNodes, leftNodeMs, walltimeMs, unknownRuns, startUpMs } = estimated;
  const knee = points.find(({ nodes }) => nodes === kneeNodes);
  const last = points.at(-1);
  const longest =
    last === undefined || walltimeMs === null || last.makespanMs <= walltimeMs
      ? []
      : [
          `Some of it outlives a walltime of ${shortDuration(walltimeMs)}: runs that resume go on in further allocations, others are not started there.`,
        ];
  return [
    ...(knee === undefined || knee === last
      ? []
      : [`Beyond ${count(knee.nodes, 'node')} each doubling adds more to the cost, in proportion, than it takes from the time.`]),
    `Each node pays ${shortDuration(startUpMs)} of start-up. Moves stop a run to go on elsewhere, so that a node can be given back.`,
    ...(points.some(isUncertain) ? ['Eight times out of ten the truth is within the range.'] : []),
    ...(last === undefined || last.failedRuns === 0
      ? []
      : [`${count(last.failedRuns, 'run')} would be stopped by the walltime until they count as failed.`]),
    ...longest,
    ...budgetNotes(points, leftNodeMs),
    ...(unknownRuns === 0 ? [] : [`It leaves out ${count(unknownRuns, 'run')}: ${unknownText(estimated)}`]),
  ];
}

function budgetNotes(points: ClusterEstimate['points'], leftNodeMs: number | null): readonly string[] {
  if (leftNodeMs === null) return [];
  const affordable = points.filter(({ billedNodeMs }) => billedNodeMs <= leftNodeMs);
  const least = Math.min(...points.map(({ billedNodeMs }) => billedNodeMs));
  if (affordable.length === points.length) return [`The budget leaves ${nodeTime(leftNodeMs / 1000)}, enough for each of these.`];
  const most = affordable.at(-1);
  if (most !== undefined) return [`The budget leaves ${nodeTime(leftNodeMs / 1000)}, enough for up to ${count(most.nodes, 'node')}.`];
  return [`The budget leaves ${nodeTime(leftNodeMs / 1000)}; at least ${nodeTime((least - leftNodeMs) / 1000)} more would be needed.`];
}

function isUncertain({ makespanRangeMs, billedRangeNodeMs }: Point): boolean {
  return makespanRangeMs.low < makespanRangeMs.high || billedRangeNodeMs.low < billedRangeNodeMs.high;
}

function sourceText({ sources }: ClusterEstimate): string {
  const words = {
    declared: 'declared',
    learned: 'learned from finished runs',
    progress: 'told by their progress',
    assumed: 'assumed',
  } as const;
  const told = (Object.keys(words) as (keyof typeof words)[]).filter((source) => sources[source] > 0);
  return `of known time (${told.map((source) => (told.length === 1 ? words[source] : `${sources[source]} ${words[source]}`)).join(', ')})`;
}

function unknownText({ unknownRuns }: ClusterEstimate): string {
  return `nobody knows how long ${unknownRuns === 1 ? 'it takes' : 'they take'}; say time in the definition, or --assume 2h here`;
}

function hours(nodeMs: number): string {
  return (nodeMs / 3_600_000).toFixed(2);
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
