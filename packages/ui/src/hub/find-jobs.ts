import { formatAddress } from '../routing/address.ts';
import type { PaletteEntry } from '../shell/section.ts';
import { hub } from './hub-session.svelte.ts';
import { markOf } from './job-status.ts';

/** The newest jobs are looked through; older ones are found by their id. */
const newest = 200;
const mostJobs = 8;

/** Jobs whose name, queue, or id holds the words. */
export async function findJobs(words: string): Promise<readonly PaletteEntry[]> {
  const { jobs } = await hub.api.call('listJobs', { query: { limit: newest } });
  const wanted = words.toLowerCase();
  return jobs
    .filter(({ id, order }) => [id, order.name ?? '', order.queue].some((text) => text.toLowerCase().includes(wanted)))
    .slice(0, mostJobs)
    .map(({ id, order, status }) => ({
      id,
      label: order.name ?? id,
      note: order.queue,
      status: markOf(status),
      href: formatAddress('job', id),
    }));
}
