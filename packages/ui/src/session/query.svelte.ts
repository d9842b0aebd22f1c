import { FreshAnswer } from './fresh-answer.svelte.ts';
import type { FreshOptions } from './fresh-answer.svelte.ts';
import type { LiveFrame } from './live-frame.ts';
import { session } from './session.svelte.ts';

/** A question to the manager. */
export class Query<T> extends FreshAnswer<T, LiveFrame> {
  constructor(options: FreshOptions<T, LiveFrame>) {
    super(session, options);
  }
}

/** For answers that any event may change: the overview changes with each. */
export function anything(): readonly string[] {
  return ['overview'];
}
