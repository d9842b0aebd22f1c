import type { NodeList } from '@juqueue/client';
import { nodesAfter } from './live-frame.ts';
import type { FreshOptions } from './fresh-answer.svelte.ts';
import type { LiveFrame } from './live-frame.ts';

/** A list of nodes that is kept fresh by its rows; what is told before the list is there belongs into its first answer. */
export const nodeNews: FreshOptions<NodeList, LiveFrame> = {
  topics: () => ['nodes'],
  fromNews: ({ nodes }, before) => (before === null || nodes === undefined ? null : { ...before, nodes: nodesAfter(before.nodes, nodes) }),
  everyMs: 30_000,
};
