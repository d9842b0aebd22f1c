import { Type } from 'typebox';
import { answer, nullableInteger, nullableString, PageLimit, TimeMs } from '@juqueue/http';

/** What happened, in short: long lists of runs are counted, not repeated. */
export const EventSchema = answer('Event', {
  seq: Type.Integer({ description: 'Place in the journal, from 1 without gaps.' }),
  atMs: TimeMs,
  kind: Type.String(),
  sentence: Type.String(),
  run: nullableString('The run that it is about, when it is one.'),
  attempt: nullableInteger('The attempt that it is about.'),
  experiment: nullableString('The experiment that it is about.'),
  node: nullableString('The node or allocation that it is about.'),
  slots: nullableInteger('How many slots the attempt takes; 0 when it was sent ahead of a free slot.'),
});

export const EventPageSchema = answer('EventPage', {
  events: Type.Array(EventSchema),
  nextSince: Type.Integer({ description: 'Pass it as `since` for what follows.' }),
});

export const EventQuery = Type.Object(
  {
    since: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: 'Events with a greater number are answered.' })),
    limit: PageLimit,
    run: Type.Optional(Type.String({ maxLength: 512, description: 'Only events about this run.' })),
    follow: Type.Optional(Type.Boolean({ description: 'For NDJSON: keep the answer open and send what happens.' })),
  },
  { additionalProperties: false },
);
