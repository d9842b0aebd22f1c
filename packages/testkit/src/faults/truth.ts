import type {
  AllocationRequest,
  AttemptName,
  DurableEvent,
  EndedAttempt,
  ManagerMessage,
  NodeId,
  Nonce,
  RunId,
  StoredEvent,
} from '@juqueue/core';
import { Changes, World } from '@juqueue/core';
import type { Exit } from '@juqueue/node-manager';
import type { Host } from './host.ts';
import type { JournalWatcher } from './sim-journal.ts';
import type { SimProcess } from './sim-process.ts';
import type { Timeline } from './timeline.ts';

/** Promise 1 grants the processes of a thawed node this long until its NodeManager has ended them. */
const thawWindowMs = 1_000;

/** How long after an outcome is in the spool, and could be read all the time, the next look must have found it. */
const spoolLookMs = 20_000;

interface Executing extends AttemptName {
  readonly node: NodeId;
  readonly process: SimProcess;
  /** SIGKILL was sent: what is left of it waits in the kernel and executes nothing. */
  killedAtMs: number | null;
}

/**
 * What really happens in the world, beside what the journal says of it. Watches the promises as things happen, and keeps
 * the first that is broken as a sentence.
 */
export class Truth implements JournalWatcher {
  readonly #timeline: Timeline;
  readonly #cacheMs: number;
  readonly #executing = new Set<Executing>();
  readonly #begun = new Set<string>();
  readonly #exits = new Map<string, Exit>();
  readonly #spooled = new Map<string, { readonly outcome: EndedAttempt['outcome']; readonly atMs: number }>();
  readonly #hosts = new Map<NodeId, Host>();
  #world = new World();
  #seq = 0;
  #violation: string | null = null;
  #managerTroubleMs = 0;
  #longestOverlapMs = 0;
  #requeues = 0;

  constructor(timeline: Timeline, cacheMs: number) {
    this.#timeline = timeline;
    this.#cacheMs = cacheMs;
  }

  /** The state as the journal has it. */
  get world(): World {
    return this.#world;
  }

  /** Number of the newest event of the journal. */
  get seq(): number {
    return this.#seq;
  }

  get violation(): string | null {
    return this.#violation;
  }

  /** The longest time for which two attempts of one run executed beside each other after a thaw. */
  get longestOverlapMs(): number {
    return this.#longestOverlapMs;
  }

  /** How many attempts were given up because their node was. */
  get requeues(): number {
    return this.#requeues;
  }

  get executing(): readonly AttemptName[] {
    return [...this.#executing];
  }

  broken(sentence: string): void {
    if (this.#violation !== null) return;
    this.#violation = sentence;
    this.#timeline.tell(`BROKEN: ${sentence}`);
  }

  /** A manager's host, disk or process was not well up to now: what it did not read in time is excused. */
  managerHadTrouble(): void {
    this.#managerTroubleMs = this.#timeline.nowMs;
  }

  named(node: NodeId, _nonce: Nonce, host: Host): void {
    this.#hosts.set(node, host);
  }

  began({ run, attempt }: AttemptName, node: NodeId, process: SimProcess): void {
    const executing: Executing = { run, attempt, node, process, killedAtMs: null };
    this.#timeline.tell(`${run}#${attempt} executes on ${node}`);
    if (this.#isOver(executing) && !isExcused(process))
      this.broken(`${run}#${attempt} began to execute on ${node} although its end was recorded before`);
    for (const other of this.#executing) {
      if (other.run === run && !isExcused(other.process) && !isExcused(process))
        this.broken(`${run}#${attempt} executes on ${node} beside #${other.attempt} on ${other.node}`);
    }
    this.#begun.add(keyOf(executing));
    this.#executing.add(executing);
  }

  killed(process: SimProcess): void {
    for (const executing of this.#executing) if (executing.process === process) executing.killedAtMs ??= this.#timeline.nowMs;
  }

  stopped({ run, attempt }: AttemptName, process: SimProcess): void {
    for (const executing of this.#executing) {
      if (executing.process !== process) continue;
      this.#timeline.tell(`${run}#${attempt} executes no more on ${executing.node}`);
      this.#executing.delete(executing);
      const { thawedAtMs } = process.host;
      const hasSuccessor = [...this.#executing].some((other) => other.run === run && other.attempt > attempt && !other.process.isStill);
      if (hasSuccessor && thawedAtMs !== null)
        this.#longestOverlapMs = Math.max(this.#longestOverlapMs, (executing.killedAtMs ?? this.#timeline.nowMs) - thawedAtMs);
    }
  }

  exited(name: AttemptName, exit: Exit): void {
    this.#exits.set(keyOf(name), exit);
  }

  spooled(_node: NodeId, nonce: Nonce, { run, attempt, outcome }: EndedAttempt): void {
    const key = keyOf({ run, attempt });
    this.#timeline.tell(
      `the spool of ${nonce} has the end of ${key}: ${outcome.kind} ${outcome.exitCode ?? ''} ${outcome.stopCause ?? ''}`,
    );
    if (!this.#spooled.has(key)) this.#spooled.set(key, { outcome, atMs: this.#timeline.nowMs });
  }

  thawed(host: Host): void {
    this.#timeline.after(thawWindowMs, () => {
      for (const executing of this.#executing) {
        if (executing.process.host !== host || executing.process.isStill || executing.killedAtMs !== null || !this.#isOver(executing))
          continue;
        if (this.#timeline.nowMs - (host.thawedAtMs ?? 0) < thawWindowMs) continue;
        this.broken(
          `${executing.run}#${executing.attempt} still executes ${thawWindowMs} ms after the thaw of ${executing.node}, and its end was recorded`,
        );
      }
    });
  }

  submitted(request: AllocationRequest): void {
    if (this.#world.allocation(request.allocation)?.token !== request.token)
      this.broken(`${request.allocation} was submitted before its request was durable`);
  }

  said(node: NodeId, message: ManagerMessage): void {
    // What a replaced manager says is the nodes' to drop, and shows when they do not.
    if (message.epoch < this.#world.epoch) return;
    if (message.kind === 'start') {
      const run = this.#world.run(message.spec.run);
      if (run?.attempt !== message.spec.attempt || run.execution?.node !== node)
        this.broken(`the start of ${message.spec.run}#${message.spec.attempt} was sent to ${node} before its placement was durable`);
    }
    if (message.kind === 'ended-acknowledged') {
      const run = this.#world.run(message.run);
      if (run?.attempt === message.attempt && run.execution !== null)
        this.broken(`the end of ${message.run}#${message.attempt} was acknowledged before it was durable`);
    }
  }

  replayed(lastSeq: number): void {
    this.#timeline.tell(`a manager reads the journal up to event ${lastSeq}`);
  }

  appended(events: readonly StoredEvent[], isOfJournal: boolean): void {
    this.#timeline.tell(
      `journal${isOfJournal ? '' : ' (late, no part of it)'}: ${events.map(({ seq, event }) => `${seq} ${describeEvent(event)}`).join(', ')}`,
    );
    if (!isOfJournal) return;
    for (const stored of events) {
      this.#check(stored.event);
      this.#fold(stored);
    }
  }

  /** The journal is what it was at some earlier point: what came after it was written by a manager that had been replaced. */
  cutBack(batches: readonly (readonly StoredEvent[])[]): void {
    this.#world = new World();
    this.#seq = 0;
    for (const batch of batches) for (const stored of batch) this.#fold(stored);
  }

  #fold({ seq, atMs, event }: StoredEvent): void {
    if (seq !== this.#seq + 1) this.broken(`event ${seq} follows event ${this.#seq} in the journal`);
    this.#world.apply(event, atMs, new Changes());
    this.#seq = seq;
  }

  /** Against the state before the event. */
  #check(event: DurableEvent): void {
    if (event.kind === 'run-ended') {
      const run = this.#world.run(event.run);
      if (run?.execution == null || run.attempt !== event.attempt)
        this.broken(`the end of ${event.run}#${event.attempt} was accepted, and the run is at #${run?.attempt}`);
      else this.#checkEnd(event, event.outcome);
    }
    if (event.kind === 'node-gone') {
      const node = this.#world.allocation(event.node)?.node;
      if (node == null || node.nonce !== event.nonce) return;
      for (const run of new Set<RunId | null>([...node.occupants, ...node.ahead])) {
        if (run === null) continue;
        this.#requeues += 1;
        this.#checkEnd({ run, attempt: this.#world.run(run)?.attempt ?? 0 }, null);
      }
    }
  }

  /** `outcome` is null when the attempt is lost with its node. */
  #checkEnd(name: AttemptName, outcome: EndedAttempt['outcome'] | null): void {
    const label = keyOf(name);
    for (const executing of this.#executing) {
      if (executing.run === name.run && executing.attempt === name.attempt && !isExcused(executing.process) && !isDyingAfterThaw(executing))
        this.broken(`the end of ${label} was recorded while it executes on ${executing.node}`);
    }
    const exit = this.#exits.get(label);
    if (outcome?.kind === 'exit' && (exit?.kind !== 'exit' || exit.code !== outcome.exitCode))
      this.broken(`${label} is recorded as exited with ${outcome.exitCode}; in truth: ${JSON.stringify(exit)}`);
    if (outcome?.kind === 'never-started' && this.#begun.has(label)) this.broken(`${label} is recorded as never started, and it was`);
    const spooled = this.#spooled.get(label);
    const isLost = outcome === null || outcome.kind === 'lost';
    if (!isLost || spooled === undefined || spooled.outcome.kind !== 'exit' || spooled.outcome.stopCause !== null) return;
    const readableMs = this.#timeline.nowMs - Math.max(spooled.atMs, this.#managerTroubleMs);
    if (readableMs > this.#cacheMs + spoolLookMs)
      this.broken(
        `${label} is recorded as lost; that it exited with ${spooled.outcome.exitCode} has been in the spool for ${readableMs} ms`,
      );
  }

  #isOver({ run, attempt }: AttemptName): boolean {
    const known = this.#world.run(run);
    return known === undefined || known.attempt !== attempt || known.execution === null;
  }
}

/** A process of a stalled node does nothing, and one of a node that has just thawed is about to be ended. */
function isExcused({ host, isStill }: SimProcess): boolean {
  return isStill || (host.thawedAtMs !== null && host.timeline.nowMs - host.thawedAtMs <= thawWindowMs);
}

/** The rules grant a thawed node 10 s for its kills; what SIGKILL has reached waits in the kernel and executes nothing. */
function isDyingAfterThaw({ killedAtMs, process: { host } }: Executing): boolean {
  return killedAtMs !== null && host.thawedAtMs !== null && host.timeline.nowMs - host.thawedAtMs <= 10_000;
}

function keyOf({ run, attempt }: AttemptName): string {
  return `${run}#${attempt}`;
}

function describeEvent(event: DurableEvent): string {
  const facts = Object.entries(event).flatMap(([key, value]) =>
    key !== 'kind' && (typeof value === 'string' || typeof value === 'number') ? [String(value)] : [],
  );
  const outcome =
    event.kind === 'run-ended'
      ? ` ${event.outcome.kind} ${event.outcome.exitCode ?? event.outcome.signal ?? ''} ${event.outcome.stopCause ?? ''}`
      : '';
  return `${event.kind} ${facts.slice(0, 4).join(' ')}${outcome}`;
}
