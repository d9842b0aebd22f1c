import type { NotificationKind } from '@juqueue/core';

/** One thing that people may want to know. */
export interface News {
  readonly kind: NotificationKind;
  readonly atMs: number;
  readonly sentence: string;
  readonly experiment: string | null;
  readonly run: string | null;
  readonly cluster: string | null;
}

/** Where it happened; what is not named has nothing to do with it. */
export function newsOf(
  kind: NotificationKind,
  atMs: number,
  sentence: string,
  about: Partial<Pick<News, 'experiment' | 'run' | 'cluster'>> = {},
): News {
  return { kind, atMs, sentence, experiment: null, run: null, cluster: null, ...about };
}

/** What goes over one channel at once. */
export interface Message {
  readonly title: string;
  readonly news: readonly News[];
  readonly host: string;
  readonly workDir: string;
}

/** Lines beyond this are counted: nobody reads a hundred, and services refuse long messages. */
const linesMax = 20;

/** The news as one message: the title says what matters most, in the order of `weight`. */
export function messageOf(news: readonly News[], { host, workDir }: { readonly host: string; readonly workDir: string }): Message {
  const [first] = news.toSorted((a, b) => weight[b.kind] - weight[a.kind] || a.atMs - b.atMs);
  const others = news.length - 1;
  const title = first === undefined ? 'nothing' : `${first.sentence}${others === 0 ? '' : ` (and ${others} more)`}`;
  return { title: `JuQueue: ${title}`, news, host, workDir };
}

/** The lines of a message without its title, which stands above them. */
export function linesOf({ news, host, workDir }: Message): readonly string[] {
  const shown = news.slice(0, linesMax).map(({ sentence }) => sentence);
  return [...shown, ...(news.length > linesMax ? [`and ${news.length - linesMax} more`] : []), `${workDir} on ${host}`];
}

const weight: Readonly<Record<NotificationKind, number>> = {
  budget: 7,
  'failure-burst': 6,
  stalled: 5,
  'cluster-held': 4,
  'experiment-done': 3,
  'first-failure': 2,
  'allocation-pending': 1,
};
