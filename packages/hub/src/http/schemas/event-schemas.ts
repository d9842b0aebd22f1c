import { Type } from 'typebox';
import { answer, Count, nullableInteger, nullableString, PageLimit, TimeMs, words } from '@juqueue/http';
import { jobEventKinds } from '../../model/job-event.ts';
import { jobStatuses } from '../../model/job.ts';
import { JobId, Name } from './job-schemas.ts';

const closed = { additionalProperties: false } as const;

export const EventSchema = answer('Event', {
  seq: Type.Integer({ description: 'Place in the record of the hub; rises, with gaps where jobs of others are.' }),
  job: JobId,
  queue: Type.String(),
  owner: Type.String(),
  atMs: TimeMs,
  actor: Type.String({ description: '`user:<name>`, `agent:<name>` or `hub`.' }),
  kind: words(jobEventKinds),
  status: words(jobStatuses, 'Of the job after it.'),
  attempt: nullableInteger('The attempt that it is about.'),
  reason: nullableString('Why, as one word.'),
  detail: nullableString('For people.'),
  exitCode: nullableInteger('Of a completion.'),
});
const NextAfter = Type.Integer({ minimum: 0, description: '`after` of the next question: everything up to here was looked at.' });
export const EventPageSchema = answer('EventPage', { events: Type.Array(EventSchema), nextAfter: NextAfter });
export const HistorySchema = answer('JobHistory', { events: Type.Array(EventSchema), nextAfter: NextAfter });

const after = Type.Optional(
  Type.Integer({ minimum: 0, description: 'Events with a greater number are answered; 0: from the oldest that there is.' }),
);
const reader = Type.Optional(Name);
const queue = Type.Optional(Name);

export const EventQuery = Type.Object(
  {
    after,
    reader,
    queue,
    limit: PageLimit,
    waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000, description: 'Wait up to this long for an event; 25 s at most.' })),
  },
  closed,
);
export const EventStreamQuery = Type.Object({ after, reader, queue }, closed);

export const ReaderParams = Type.Object({ name: Name }, closed);
export const ReaderBody = Type.Object(
  { after: Type.Integer({ minimum: 0, description: 'The last event that was dealt with.' }) },
  { ...closed, title: 'PutReader' },
);
export const ReaderSchema = answer('Reader', { name: Name, afterSeq: Count, atMs: Type.Integer() });
