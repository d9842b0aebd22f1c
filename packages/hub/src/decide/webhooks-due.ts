import type { JobRecord } from '../model/job-event.ts';
import { isFinal } from '../model/job.ts';
import type { JobState } from '../model/job.ts';
import type { WebhookOccasion, WebhookRow } from '../store/store-shapes.ts';

/** The calls that are owed because of this event; `after` is the job after it. */
export function webhooksDue(after: JobState, { atMs, event }: JobRecord): readonly WebhookRow[] {
  const occasion = occasionOf(after, event.kind);
  if (occasion === null) return [];
  return after.order.callbacks.flatMap((callback, index) =>
    callback.on.includes(occasion)
      ? [{ id: `${after.id}.${occasion}.${after.attempts}.${index}`, job: after.id, callback: index, occasion, atMs }]
      : [],
  );
}

function occasionOf(after: JobState, kind: JobRecord['event']['kind']): WebhookOccasion | null {
  if (kind === 'launched') return 'queued';
  if (kind === 'started') return 'started';
  if (kind === 'completed' || kind === 'cancelled' || kind === 'buried') return isFinal(after.status) ? 'finished' : null;
  return null;
}
