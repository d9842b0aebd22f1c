import type { Accounting } from '@juqueue/client';
import type { VerbContext } from '../verb.ts';

/** The account with all pages of its allocations as one; the figures are those of the first page. */
export async function wholeAccounting(context: VerbContext, withAllocations: boolean): Promise<Accounting> {
  const { client } = await context.connect();
  const first = await client.call('getAccounting', { query: { limit: withAllocations ? 1000 : 1 } });
  const allocations = [...first.allocations];
  for (let cursor = first.nextCursor; withAllocations && cursor !== null;) {
    const page = await client.call('getAccounting', { query: { cursor, limit: 1000 } });
    allocations.push(...page.allocations);
    cursor = page.nextCursor;
  }
  return { ...first, allocations, nextCursor: null };
}
