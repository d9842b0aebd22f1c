import type { Allocation, Node } from '../model/allocation.ts';
import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { NodeId, Nonce, RunId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EndedAttempt, HeldAttempt, NodeMessage } from '../protocol/messages.ts';

type Hello = Extract<NodeMessage, { kind: 'hello' }>;

/** What to do about a hello: the events that follow from it and what the node must be told, or why it is turned away. */
export type HelloAnswer =
  | {
      readonly kind: 'welcome';
      /** Whether this nonce is new, so that its appearance is durable before it gets runs. */
      readonly events: readonly DurableEvent[];
      /** Attempts that we placed on it and that never reached it: to be sent again under the same number. */
      readonly resend: readonly RunId[];
      /** Attempts that it holds and we do not want: to be ended. */
      readonly unwanted: readonly HeldAttempt[];
    }
  | { readonly kind: 'refuse'; readonly code: HelloRefusal; readonly message: string };

export type HelloRefusal = 'unknown-allocation' | 'fenced' | 'another-nonce';

/**
 * May this NodeManager serve its allocation, and what does its hello tell? A nonce that is proven gone never comes back;
 * a new nonce waits until the one before it is proven gone, which its own word (`endedNonces`) does. What ended under the
 * old nonce speaks first, so that a run that had finished is not run again. `isRecovering`: the journal has lost events,
 * so attempts that it does not know are taken over from the nodes that execute them.
 */
export function answerHello(snapshot: Snapshot, hello: Hello, isRecovering = false): HelloAnswer {
  const allocation = snapshot.allocation(hello.allocation);
  if (allocation === undefined) return refuse('unknown-allocation', `allocation ${hello.allocation} is not one of this work-dir`);
  const { node } = allocation;
  if (node !== null && node.nonce === hello.nonce) {
    if (node.status === 'gone')
      return refuse('fenced', `${hello.allocation} under ${hello.nonce} has been given up; its runs were put back`);
    return { kind: 'welcome', ...reconcile(snapshot, node, hello, isRecovering) };
  }
  const events: DurableEvent[] = [];
  if (node !== null && node.status !== 'gone') {
    if (!hello.endedNonces.includes(node.nonce)) return refuse('another-nonce', `${hello.allocation} is served under ${node.nonce}`);
    for (const ended of hello.ended) events.push(...endedFact(snapshot, allocation.id, node.nonce, ended));
    events.push({ kind: 'node-gone', node: allocation.id, nonce: node.nonce, proof: 'lease-ended-on-node' });
  }
  if (allocation.status === 'ended') return refuse('fenced', `allocation ${hello.allocation} has ended`);
  events.push({
    kind: 'node-appeared',
    node: allocation.id,
    nonce: hello.nonce,
    host: hello.host,
    pid: hello.pid,
    deadlineMs: hello.deadlineMs,
    found: hello.found ?? null,
  });
  const adopted = isRecovering ? hello.held.filter((held) => isAdoptable(snapshot, held, new Set())) : [];
  for (const held of adopted) events.push(...adoptedFacts(snapshot, hello, held));
  return { kind: 'welcome', events, resend: [], unwanted: hello.held.filter((held) => !adopted.includes(held)) };
}

function refuse(code: HelloRefusal, message: string): HelloAnswer {
  return { kind: 'refuse', code, message };
}

/** Brings both sides together after a broken link: what ended meanwhile, what started, what never arrived. */
function reconcile(
  snapshot: Snapshot,
  node: Node,
  hello: Hello,
  isRecovering: boolean,
): { events: readonly DurableEvent[]; resend: readonly RunId[]; unwanted: readonly HeldAttempt[] } {
  const events: DurableEvent[] = hello.ended.flatMap((ended) => endedFact(snapshot, node.id, node.nonce, ended));
  const known = new Set(hello.ended.map((ended) => `${ended.run}#${ended.attempt}`));
  const unwanted: HeldAttempt[] = [];
  for (const held of hello.held) {
    known.add(`${held.run}#${held.attempt}`);
    const run = currentAttempt(snapshot, node.id, node.nonce, held.run, held.attempt);
    if (run === null) unwanted.push(held);
    else if (held.phase === 'executing' && run.execution?.startedAtMs === null) events.push(...startedFact(run, held));
  }
  const resend: RunId[] = [];
  for (const id of new Set([...node.occupants, ...node.ahead])) {
    const run = id === null ? undefined : snapshot.run(id);
    if (run === undefined || run.execution === null || known.has(`${run.id}#${run.attempt}`)) continue;
    if (run.execution.startedAtMs === null) resend.push(run.id);
    else events.push(vanished(run));
  }
  if (!isRecovering) return { events, resend, unwanted };
  const taken = new Set(
    node.occupants.flatMap((id, slot) => (id !== null && known.has(`${id}#${snapshot.run(id)?.attempt ?? 0}`) ? [slot] : [])),
  );
  const adopted = unwanted.filter((held) => isAdoptable(snapshot, held, taken));
  return {
    events: [...events, ...adopted.flatMap((held) => adoptedFacts(snapshot, hello, held))],
    resend,
    unwanted: unwanted.filter((held) => !adopted.includes(held)),
  };
}

/** An executing attempt of a run that waits for one, in slots that nobody else has: just what would be started next. */
function isAdoptable(snapshot: Snapshot, held: HeldAttempt, taken: ReadonlySet<number>): boolean {
  const run = snapshot.run(held.run);
  return (
    held.phase === 'executing' &&
    held.startedAtMs !== null &&
    run !== undefined &&
    run.status === 'ready' &&
    held.attempt > run.attempt &&
    !held.slots.some((slot) => taken.has(slot))
  );
}

function adoptedFacts(
  snapshot: Snapshot,
  { allocation, nonce }: Hello,
  { run, attempt, slots, pid, startedAtMs }: HeldAttempt,
): readonly DurableEvent[] {
  const before = snapshot.run(run)?.attempt ?? 0;
  return [
    ...(attempt - 1 > before ? [{ kind: 'history-found' as const, run, attempt: attempt - 1, outcome: null }] : []),
    { kind: 'run-placed', run, attempt, node: allocation, nonce, slots },
    { kind: 'run-started', run, attempt, slots, pid: pid ?? 0, startedAtMs: startedAtMs ?? 0 },
  ];
}

/** An attempt that had started and that its own node does not hold any more has ended without a word. */
function vanished(run: Run): DurableEvent {
  return {
    kind: 'run-ended',
    run: run.id,
    attempt: run.attempt,
    outcome: {
      kind: 'lost',
      exitCode: null,
      signal: null,
      stopCause: null,
      startedAtMs: run.execution?.startedAtMs ?? null,
      endedAtMs: run.execution?.startedAtMs ?? run.changedAtMs,
      checkpointAtMs: null,
      progress: null,
      detail: 'its node came back without it',
    },
  };
}

/** The run, when this is its newest attempt and it executes on this node under this nonce; else null: a stale message. */
export function currentAttempt(snapshot: Snapshot, node: NodeId, nonce: Nonce, id: RunId, attempt: number): Run | null {
  const run = snapshot.run(id);
  if (run === undefined || run.attempt !== attempt || run.execution === null) return null;
  return run.execution.node === node && run.execution.nonce === nonce ? run : null;
}

export function endedFact(snapshot: Snapshot, node: NodeId, nonce: Nonce, ended: EndedAttempt): readonly DurableEvent[] {
  const run = currentAttempt(snapshot, node, nonce, ended.run, ended.attempt);
  return run === null ? [] : [{ kind: 'run-ended', run: run.id, attempt: run.attempt, outcome: ended.outcome }];
}

export function startedFact(run: Run, started: Pick<HeldAttempt, 'slots' | 'pid' | 'startedAtMs'>): readonly DurableEvent[] {
  if (started.pid === null || started.startedAtMs === null || run.execution?.startedAtMs !== null) return [];
  return [
    { kind: 'run-started', run: run.id, attempt: run.attempt, slots: started.slots, pid: started.pid, startedAtMs: started.startedAtMs },
  ];
}

/** What a message of a linked node says about the world; `stale` counts what was dropped by attempt or nonce. */
export function messageFacts(
  snapshot: Snapshot,
  allocation: Allocation,
  nonce: Nonce,
  message: NodeMessage,
): { readonly durable: readonly DurableEvent[]; readonly ephemeral: readonly JuqueueEvent[]; readonly isStale: boolean } {
  const none = { durable: [], ephemeral: [], isStale: false };
  const node = allocation.id;
  if (allocation.node === null || allocation.node.nonce !== nonce || allocation.node.status === 'gone') return { ...none, isStale: true };
  switch (message.kind) {
    case 'started': {
      const run = currentAttempt(snapshot, node, nonce, message.run, message.attempt);
      return run === null ? { ...none, isStale: true } : { ...none, durable: startedFact(run, message) };
    }
    case 'ended': {
      const durable = endedFact(snapshot, node, nonce, message);
      return { ...none, durable, isStale: durable.length === 0 };
    }
    case 'stop-withdrawn': {
      const run = currentAttempt(snapshot, node, nonce, message.run, message.attempt);
      return run?.execution?.stop == null
        ? { ...none, isStale: true }
        : { ...none, durable: [{ kind: 'run-stop-withdrawn', run: run.id, attempt: run.attempt }] };
    }
    case 'observed':
      return { ...none, ephemeral: message.observations.map(({ run, observation }) => ({ kind: 'run-observed', run, observation })) };
    case 'ending':
      return {
        ...none,
        durable: allocation.node.drain === null ? [{ kind: 'node-drained', node, reason: message.cause }] : [],
        ephemeral: [{ kind: 'node-deadline-changed', node, deadlineMs: message.deadlineMs }],
      };
    case 'goodbye':
      return { ...none, durable: [{ kind: 'node-gone', node, nonce, proof: 'goodbye' }] };
    case 'hello':
    case 'heartbeat':
      return none;
  }
}
