import { describeSelectorProblem, JuqueueError, parseSelectorText, selectorMatcher } from '@juqueue/core';
import type { RunId, Selectable } from '@juqueue/core';

/**
 * What a client of /api/v1/ws may follow: `overview`, `nodes`, `events`, `run:<id>`, and `runs:<selector>` in the words of
 * the command line (`runs:` alone means every run).
 */
export type LiveTopic =
  | { readonly kind: 'overview' | 'nodes' | 'events' }
  | { readonly kind: 'run'; readonly id: RunId }
  | { readonly kind: 'runs'; readonly isMeant: (run: Selectable) => boolean };

/** Throws JQ_BAD_REQUEST or JQ_BAD_SELECTOR with the place in the text. */
export function parseTopic(text: string): LiveTopic {
  if (text === 'overview' || text === 'nodes' || text === 'events') return { kind: text };
  if (text.startsWith('run:')) return { kind: 'run', id: text.slice('run:'.length) };
  if (!text.startsWith('runs:')) {
    throw new JuqueueError('JQ_BAD_REQUEST', `There is no topic '${text}', expected overview, nodes, events, run:<id> or runs:<selector>.`);
  }
  const parsed = parseSelectorText(text.slice('runs:'.length));
  if (parsed.kind === 'selector') return { kind: 'runs', isMeant: selectorMatcher(parsed.selector) };
  throw new JuqueueError(
    'JQ_BAD_SELECTOR',
    parsed.problems.map(describeSelectorProblem).join(' '),
    'For example: runs:sweep@* state:failed',
  );
}
