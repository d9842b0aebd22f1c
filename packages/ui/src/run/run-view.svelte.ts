import { untrack } from 'svelte';
import type { AttemptList, RunDetail, RunTimeline, UsageCurve } from '@juqueue/client';
import { Query } from '../session/query.svelte.ts';
import { session } from '../session/session.svelte.ts';
import { finishedSibling } from './sibling.ts';

const onlyWhenAsked = { topics: (): readonly string[] => [] };

/** Everything that is asked about one run. Lives as long as the component that makes it. */
export class RunView {
  readonly detail: Query<RunDetail>;
  readonly attempts = new Query<AttemptList>(onlyWhenAsked);
  readonly timeline = new Query<RunTimeline>(onlyWhenAsked);
  readonly sibling = new Query<RunDetail | null>(onlyWhenAsked);
  readonly usage = new Query<UsageCurve>(onlyWhenAsked);

  /** `named`: the attempt that the address names. */
  constructor(id: () => string, named: () => number | null) {
    this.detail = new Query<RunDetail>({ topics: () => [`run:${id()}`], fromNews: ({ run }) => run?.[id()] ?? null });
    $effect(() => {
      const run = id();
      this.detail.ask(() => session.client.call('getRun', { path: { id: run } }), true);
    });

    // Attempts, usage and what to compare with change with the status, not with each sign of life.
    const stage = $derived.by(() => {
      const run = this.detail.data;
      return run === null ? null : `${run.id} ${run.attempt} ${run.status} ${run.reason} ${run.startedAtMs ?? ''}`;
    });
    let shown: string | null = null;
    $effect(() => {
      if (stage === null) return;
      const run = untrack(() => this.detail.data);
      if (run === null) return;
      const isNew = shown !== run.id;
      shown = run.id;
      this.attempts.ask(() => session.client.call('listAttempts', { path: { id: run.id } }), isNew);
      this.timeline.ask(() => session.client.call('getRunTimeline', { path: { id: run.id } }), isNew);
      if (isNew) this.sibling.ask(() => finishedSibling(run), true);
    });
    $effect(() => {
      const attempt = named();
      const run = stage === null ? null : untrack(() => this.detail.data);
      if (run === null || run.attempt === 0) return;
      this.usage.ask(() => session.client.call('getUsage', { path: { id: run.id }, query: attempt === null ? {} : { attempt } }), true);
    });
  }
}
