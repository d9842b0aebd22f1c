import { FreshAnswer } from '../session/fresh-answer.svelte.ts';
import type { FreshOptions } from '../session/fresh-answer.svelte.ts';
import { hub } from './hub-session.svelte.ts';
import type { HubNews } from './hub-session.svelte.ts';

/** A question to the hub. */
export class HubQuery<T> extends FreshAnswer<T, HubNews> {
  constructor(options: FreshOptions<T, HubNews>) {
    super(hub, options);
  }
}

/** For answers that any job may change. */
export function anyJob(): readonly string[] {
  return ['jobs'];
}

/** For answers that no job changes: agents, people. */
export function noJob(): readonly string[] {
  return [];
}
