import { formatCount } from '../format/amount.ts';
import { formatAddress } from '../routing/address.ts';
import { session } from '../session/session.svelte.ts';
import type { PaletteEntry } from '../shell/section.ts';

const mostExperiments = 5;
const mostRuns = 8;

/** Experiments and runs whose names hold the words, or that a selector means, and the list of all that do. */
export async function findAnything(words: string): Promise<readonly PaletteEntry[]> {
  const selector = isSelector(words) ? words : globOf(words);
  const list: PaletteEntry = {
    id: 'filter',
    label: `Runs that match ${selector}`,
    note: 'filter',
    status: null,
    href: formatAddress('runs', null, { q: selector }),
  };
  try {
    const { client } = session;
    const [experiments, runs] = await Promise.all([
      client.call('listExperiments', { query: { limit: 1_000 } }),
      client.call('listRuns', { query: { q: isSelector(words) ? words : `*@*${innerGlob(words)}*`, limit: mostRuns } }),
    ]);
    return [
      ...experiments.experiments
        .filter(({ name }) => name.toLowerCase().includes(words.toLowerCase()))
        .slice(0, mostExperiments)
        .map(({ name, runs: count }) => ({
          id: `e:${name}`,
          label: name,
          note: `${formatCount(count)} runs`,
          status: null,
          href: formatAddress('runs', null, { q: `${name}@*` }),
        })),
      ...runs.runs.map((run) => ({ id: run.id, label: run.id, note: '', status: run.status, href: formatAddress('run', run.id) })),
      list,
    ];
  } catch {
    // Half a selector is not one yet.
    return [list];
  }
}

function isSelector(words: string): boolean {
  return /[@:]/.test(words);
}

/** Names that contain the words, in either half of the id. */
function globOf(words: string): string {
  return `*${innerGlob(words)}*@*`;
}

function innerGlob(words: string): string {
  return words.replaceAll(/[\s"@*]+/g, '*');
}
