import type { RunDetail } from '@juqueue/client';
import { session } from '../session/session.svelte.ts';
import { differingNames } from './comparison.ts';

/** Finished runs that are looked at; the newest ones are the most alike in everything but parameters. */
const mostCandidates = 60;

/** The finished run of the same experiment whose parameters differ least: what worked, beside what did not. */
export async function finishedSibling({
  id,
  experiment,
  parameters,
}: Pick<RunDetail, 'id' | 'experiment' | 'parameters'>): Promise<RunDetail | null> {
  const { runs } = await session.client.call('listRuns', {
    query: { experiment: [experiment], state: ['finished'], sort: '-ended', limit: mostCandidates, fields: ['parameters'] },
  });
  const others = runs
    .filter((row) => row.id !== id)
    .map((row) => ({ id: row.id, distance: differingNames(parameters, row.parameters).length }));
  const nearest = others.sort((a, b) => a.distance - b.distance)[0];
  return nearest === undefined ? null : session.client.call('getRun', { path: { id: nearest.id } });
}
