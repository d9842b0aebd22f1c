import { describe, expect, test } from 'vitest';
import { avoidedHosts } from './avoided-hosts.ts';

const day = 86_400_000;
const hosts: Readonly<Record<string, { readonly cluster: string; readonly host: string | null }>> = {
  a: { cluster: 'c', host: 'n9' },
  b: { cluster: 'c', host: 'n2' },
  again: { cluster: 'c', host: 'n9' },
  elsewhere: { cluster: 'd', host: 'n5' },
  unnamed: { cluster: 'c', host: null },
};

function avoided(suspects: Readonly<Record<string, number>>, nowMs = day): readonly string[] {
  const known = Object.entries(suspects).map(([node, sinceMs]) => ({ node, host: 'as the node calls itself', sinceMs, failedRuns: [] }));
  return avoidedHosts(known, (id) => hosts[id] ?? { cluster: 'c', host: id }, 'c', nowMs);
}

describe('a new node avoids', () => {
  test('the machines of suspected nodes of its cluster, each once, by the name that the cluster gave them', () => {
    expect(avoided({ a: day, b: day, again: day, elsewhere: day, unnamed: day })).toEqual(['n2', 'n9']);
  });

  test('each for a day', () => {
    expect(avoided({ a: 1, b: 0 })).toEqual(['n9']);
  });

  test('the newest sixteen: more are no fault of single machines', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${String(i).padStart(2, '0')}`, day]));
    expect(avoided(many)).toHaveLength(16);
    expect(avoided(many)).not.toContain('m03');
  });
});
