import type { Problem } from '@juqueue/core';
import type { JobEvent } from '../model/job-event.ts';

/** What follows from a request: events (none when it is so already), or a refusal. */
export type Decision =
  { readonly kind: 'events'; readonly events: readonly JobEvent[] } | { readonly kind: 'refused'; readonly problem: Problem };

export function events(...list: readonly JobEvent[]): Decision {
  return { kind: 'events', events: list };
}

/** It is so already. */
export const unchanged: Decision = { kind: 'events', events: [] };

export function refused(code: Problem['code'], message: string, hint: string | null = null): Decision {
  return { kind: 'refused', problem: { code, message, hint } };
}
