import type { JobEvent, StoredJobRecord } from '../model/job-event.ts';

/** An event as readers get it: where, when, by whom, and what follows for the job. */
export function eventView({ seq, job, queue, owner, atMs, actor, status, event }: StoredJobRecord) {
  return {
    seq,
    job,
    queue,
    owner,
    atMs,
    actor,
    kind: event.kind,
    status,
    attempt: 'attempt' in event ? event.attempt : null,
    reason: reasonOf(event),
    detail: detailOf(event),
    exitCode: event.kind === 'completed' ? event.result.exitCode : null,
  };
}

function reasonOf(event: JobEvent): string | null {
  return 'reason' in event && event.kind !== 'declined' ? event.reason : null;
}

function detailOf(event: JobEvent): string | null {
  switch (event.kind) {
    case 'claimed':
      return `by ${event.agent}`;
    case 'declined':
      return `${event.agent}: ${event.reason}`;
    case 'started':
      return [event.run, event.node, event.cluster].filter((part) => part !== null).join(' on ');
    case 'progress':
      return [
        event.progress.phase,
        event.progress.fraction === null ? null : `${Math.round(event.progress.fraction * 100)} %`,
        event.progress.message,
      ]
        .filter((part) => part !== null)
        .join(' · ');
    case 'infrastructure-error':
      return event.message;
    case 'cancel-requested':
      return `by ${event.by}`;
    default:
      return null;
  }
}
