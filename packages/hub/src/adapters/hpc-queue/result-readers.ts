import { JuqueueError } from '@juqueue/core';
import { isFinal } from '../../model/job.ts';
import type { EventPage } from '../../store/store-shapes.ts';
import type { AdapterContext } from '../adapter.ts';
import type { UserPrincipal } from '../requests.ts';
import type { Heartbeats } from './heartbeats.ts';
import { jobsQueue, resultEvent } from './messages.ts';

interface Reader {
  /** Everything up to this event has been acknowledged. */
  afterSeq: number;
  readonly acknowledged: Set<number>;
  /** Handed out and not acknowledged, and until when it is not handed out again. */
  readonly handedOut: Map<number, number>;
}

const adapter = 'hpc-queue';
const page = 500;

/**
 * Results for everybody who reads: each key has its own place in the record, so that one laptop takes nothing from another. What is
 * not acknowledged comes again.
 */
export class ResultReaders {
  readonly #context: AdapterContext;
  readonly #heartbeats: Heartbeats;
  readonly #readers = new Map<string, Promise<Reader>>();

  constructor(context: AdapterContext, heartbeats: Heartbeats) {
    this.#context = context;
    this.#heartbeats = heartbeats;
  }

  async pull(user: UserPrincipal, most: number, visibilityMs: number): Promise<readonly object[]> {
    const { hub } = this.#context;
    const reader = await this.#reader(user);
    const nowMs = hub.clock.monotonicMs();
    const messages: object[] = [];
    for (let afterSeq = reader.afterSeq; messages.length < most;) {
      const { events } = await this.#eventsBehind(afterSeq, user);
      const last = events.at(-1);
      if (last === undefined) break;
      for (const { seq, job: id, status, event } of events) {
        // What lies behind the last message that is handed out is not looked at, and so not passed over either.
        if (messages.length >= most) break;
        const isEnd = isFinal(status) && (event.kind === 'completed' || event.kind === 'cancelled' || event.kind === 'buried');
        if (!isEnd) reader.acknowledged.add(seq);
        if (!isEnd || reader.acknowledged.has(seq) || (reader.handedOut.get(seq) ?? 0) > nowMs) continue;
        const job = await hub.jobs.find(id).catch(() => null);
        if (job === null) {
          reader.acknowledged.add(seq);
          continue;
        }
        reader.handedOut.set(seq, nowMs + visibilityMs);
        messages.push(message(`result.${seq}`, job.endedAtMs, resultEvent(job, await hub.jobs.definitionOf(id))));
      }
      afterSeq = last.seq;
      if (events.length < page) break;
    }
    if (messages.length < most)
      for (const event of this.#heartbeats.due(user))
        messages.push(message(`heartbeat.${String(event['source'])}`, hub.clock.nowMs(), event));
    return messages;
  }

  /** A reader that was away for longer than events are kept goes on with the oldest that there is: this interface has no word for it. */
  async #eventsBehind(afterSeq: number, user: UserPrincipal): Promise<EventPage> {
    const question = { owner: user.role === 'manager' ? null : user.name, queue: jobsQueue, limit: page };
    const { read } = this.#context.hub.store;
    return read.call('events', { ...question, afterSeq }).catch((error: unknown) => {
      if (error instanceof JuqueueError && error.problem.code === 'JQ_EVENTS_GONE')
        return read.call('events', { ...question, afterSeq: 0 });
      throw error;
    });
  }

  async acknowledge(user: UserPrincipal, acks: readonly string[], retries: readonly string[]): Promise<void> {
    const reader = await this.#reader(user);
    const seqs = (leases: readonly string[]): readonly number[] =>
      leases.flatMap((lease) => /^result\.(\d+)$/.exec(lease)?.[1] ?? []).map(Number);
    for (const seq of seqs(retries)) if (reader.handedOut.has(seq)) reader.handedOut.set(seq, 0);
    for (const seq of seqs(acks)) {
      if (reader.handedOut.delete(seq)) reader.acknowledged.add(seq);
    }
    const open = [...reader.handedOut.keys()].reduce((least, seq) => Math.min(least, seq), Infinity);
    const done = [...reader.acknowledged].filter((seq) => seq < open).sort((a, b) => a - b);
    const newest = done.at(-1);
    if (newest === undefined || newest <= reader.afterSeq) return;
    await this.#context.notes.put(adapter, `reader ${user.key}`, { afterSeq: newest });
    reader.afterSeq = newest;
    for (const seq of done) reader.acknowledged.delete(seq);
  }

  #reader({ key }: UserPrincipal): Promise<Reader> {
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const reader = this.#context.notes
      .get<{ readonly afterSeq: number }>(adapter, `reader ${key}`)
      .then((note): Reader => ({ afterSeq: note?.afterSeq ?? 0, acknowledged: new Set(), handedOut: new Map() }));
    this.#readers.set(key, reader);
    reader.catch(() => this.#readers.delete(key));
    return reader;
  }
}

function message(lease: string, atMs: number | null, event: Readonly<Record<string, unknown>>): object {
  return {
    id: lease,
    lease_id: lease,
    attempts: 1,
    timestamp_ms: atMs,
    metadata: { 'CF-Content-Type': 'json' },
    content_type: 'json',
    body: JSON.stringify(event),
  };
}
