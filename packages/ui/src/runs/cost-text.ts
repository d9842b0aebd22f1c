import type { ClusterEstimate } from '@juqueue/client';
import { countOf, formatNodeTime } from '../format/amount.ts';
import { formatDuration } from '../format/duration.ts';

type Costs = Pick<ClusterEstimate, 'kneeNodes' | 'unknownRuns'> & {
  readonly points: readonly Pick<ClusterEstimate['points'][number], 'nodes' | 'makespanMs' | 'billedNodeMs'>[];
};

/** What runs would cost on as many nodes as pay, in a sentence; null when nothing can be said. */
export function costText(clusters: readonly Costs[]): string | null {
  const chosen = clusters.flatMap(({ points, kneeNodes }) => points.find(({ nodes }) => nodes === kneeNodes) ?? points.at(-1) ?? []);
  const unknown = clusters.reduce((sum, { unknownRuns }) => sum + unknownRuns, 0);
  if (chosen.length === 0) return unknown === 0 ? null : `How long ${countOf(unknown, 'run')} of them take is not known.`;
  const nodeMs = chosen.reduce((sum, { billedNodeMs }) => sum + billedNodeMs, 0);
  const lastsMs = chosen.reduce((most, { makespanMs }) => Math.max(most, makespanMs), 0);
  const nodes = chosen.reduce((sum, point) => sum + point.nodes, 0);
  return `About ${formatNodeTime(nodeMs / 1_000)} on ${countOf(nodes, 'node')}, done after ${formatDuration(lastsMs)}${unknown === 0 ? '' : `; without ${countOf(unknown, 'run')} of unknown time`}.`;
}
