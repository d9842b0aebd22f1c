import type { Event, Node, Overview, Run, RunDetail } from '@juqueue/client';

/** What a frame of `/api/v1/ws` tells of an event. */
export type LiveEvent = Omit<Event, 'seq' | 'atMs'>;

/** Runs of a `runs:` topic: rows that match and changed, ids of changed ones that do not, or that the list has to be read again. */
export interface RunsNews {
  readonly isStale: boolean;
  readonly rows: readonly Run[];
  readonly gone: readonly string[];
}

/** The newest state of what changed, by topic; parts that nobody follows or that did not change are absent. */
export interface LiveFrame {
  readonly seq: number;
  readonly overview?: Overview;
  readonly nodes?: readonly Node[];
  /** By id; null when it is gone. */
  readonly run?: Readonly<Record<string, RunDetail | null>>;
  /** By topic. */
  readonly runs?: Readonly<Record<string, RunsNews>>;
  readonly events?: { readonly events: readonly LiveEvent[]; readonly omitted: number };
}

/** Whether a frame has news of a topic. */
export function tellsOf(frame: LiveFrame, topic: string): boolean {
  if (topic === 'overview' || topic === 'nodes' || topic === 'events') return frame[topic] !== undefined;
  if (topic.startsWith('run:')) return frame.run?.[topic.slice('run:'.length)] !== undefined;
  return frame.runs?.[topic] !== undefined;
}

/** Longer topics the server does not take. */
const longestTopic = 1_000;

/** The topic of runs that match a selector; the events where the selector is too long to be followed. */
export function runsTopic(q: string): string {
  const topic = `runs:${q}`;
  return topic.length <= longestTopic ? topic : 'events';
}

/** Rows with the changes of a frame: known ones in their places, new ones behind, ended ones gone. */
export function nodesAfter(nodes: readonly Node[], changed: readonly Node[]): readonly Node[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of changed) {
    if (node.allocationStatus === 'ended') byId.delete(node.id);
    else byId.set(node.id, node);
  }
  return [...byId.values()];
}
