import type { NodeList } from '@juqueue/client';
import { nodesAfter } from './live-frame.ts';
import type { QueryOptions } from './query.svelte.ts';

/** A list of nodes that is kept fresh by its rows; what is told before the list is there belongs into its first answer. */
export const nodeNews: QueryOptions<NodeList> = {
  topics: () => ['nodes'],
  fromFrame: ({ nodes }, before) => (before === null || nodes === undefined ? null : { ...before, nodes: nodesAfter(before.nodes, nodes) }),
  everyMs: 30_000,
};
