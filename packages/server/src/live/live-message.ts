import { JuqueueError } from '@juqueue/core';

/** What a client says: the topics to follow from now on, or no more. `since` is the `seq` of the last frame that it got. */
export interface LiveMessage {
  readonly kind: 'subscribe' | 'unsubscribe';
  readonly topics: readonly string[];
  readonly since: number | null;
}

/** More topics than any screen shows. */
const mostTopics = 32;
const longestTopic = 1_000;

/** Throws JQ_BAD_REQUEST. */
export function parseLiveMessage(text: string): LiveMessage {
  const { kind, topics, since = null } = objectOf(text);
  if (kind !== 'subscribe' && kind !== 'unsubscribe') throw malformed(`kind is ${JSON.stringify(kind)}, expected subscribe or unsubscribe`);
  if (!isTopicList(topics))
    throw malformed(
      `topics is ${JSON.stringify(topics)?.slice(0, 100)}, expected 1 to ${mostTopics} texts of at most ${longestTopic} characters`,
    );
  if (since !== null && !Number.isSafeInteger(since)) throw malformed(`since is ${JSON.stringify(since)}, expected the seq of a frame`);
  return { kind, topics, since: since === null ? null : Number(since) };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below, as for any other text that is no object.
  }
  throw malformed('it is not a JSON object');
}

function isTopicList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= mostTopics &&
    value.every((topic) => typeof topic === 'string' && topic.length <= longestTopic)
  );
}

function malformed(what: string): JuqueueError {
  return new JuqueueError(
    'JQ_BAD_REQUEST',
    `The message cannot be read: ${what}.`,
    'For example: {"kind":"subscribe","topics":["overview","runs:state:failed"]}',
  );
}
