import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { NodeId, Nonce, RunId } from '../model/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { NodeLink } from '../ports/node-link.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';
import type { NodeMessage } from '../protocol/messages.ts';
import type { World } from '../evolve/world.ts';
import type { AttemptName } from '../fencing/fence-orders.ts';
import { heldRuns } from '../evolve/evolve-allocation.ts';
import { timesOfNode } from '../fencing/cluster-times.ts';
import { clusterOf } from './cluster-of.ts';
import { answerHello, messageFacts } from './node-facts.ts';
import { startSpec } from './start-spec.ts';

export interface NodeDeskPorts {
  readonly world: World;
  readonly link: NodeLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: number;
  /** The newest version of the protocol that this manager speaks. */
  readonly protocol: number;
  readonly times: FencingTimes;
  readonly newSecret: () => string;
  readonly record: (events: readonly DurableEvent[], afterwards?: () => void) => void;
  /** Once everything recorded so far is. */
  readonly whenDurable: (action: () => void) => void;
  readonly note: (events: readonly JuqueueEvent[]) => void;
  /** Whether attempts that the journal does not know are taken over. */
  readonly isRecovering: () => boolean;
  readonly onLinked: (node: NodeId, nonce: Nonce) => void;
  readonly onGone: (node: NodeId) => void;
}

/** The manager's end of the conversation with linked nodes: sifts what they say into facts, tells them what was decided. */
export class NodeDesk {
  readonly #ports: NodeDeskPorts;
  readonly #newestHellos = new Map<NodeId, { readonly nonce: Nonce; readonly connection: number; readonly clockBehindMs: number }>();
  #staleMessages = 0;

  constructor(ports: NodeDeskPorts) {
    this.#ports = ports;
  }

  /** Messages dropped because they came from an attempt or nonce that is not the present one. */
  get staleMessages(): number {
    return this.#staleMessages;
  }

  forget(node: NodeId): void {
    this.#newestHellos.delete(node);
  }

  receive(node: NodeId, nonce: Nonce, message: NodeMessage): void {
    if (message.kind === 'hello') {
      this.#greet(message);
      return;
    }
    const { world, record, whenDurable, note, onGone, log } = this.#ports;
    const allocation = world.allocation(node);
    if (allocation === undefined) return;
    const facts = messageFacts(world, allocation, nonce, message.kind === 'ending' ? this.#inOurTime(node, message) : message);
    if (facts.isStale) {
      this.#staleMessages += 1;
      log.info(`dropped a stale '${message.kind}' from ${node}`);
    }
    if (facts.ephemeral.length > 0) note(facts.ephemeral);
    if (facts.durable.length > 0) record(facts.durable);
    // Also when it is known already: the first word of it may be on its way to the disk still.
    if (message.kind === 'ended') whenDurable(() => this.#acknowledge(node, message.run, message.attempt));
    if (message.kind === 'goodbye' && !facts.isStale) {
      log.info(`${node} said goodbye: ${message.reason}`);
      onGone(node);
    }
  }

  /** Those that are not at this attempt any more are left out: the next one's placement may not be durable yet. */
  sendStarts(attempts: readonly AttemptName[]): void {
    const { world, link, epoch, newSecret } = this.#ports;
    for (const { run: id, attempt } of attempts) {
      const run = world.run(id);
      const cluster = run?.execution == null ? undefined : world.clusters.get(world.allocation(run.execution.node)?.cluster ?? '');
      if (run?.execution == null || run.attempt !== attempt || run.execution.startedAtMs !== null || cluster === undefined) continue;
      link.send(run.execution.node, { epoch, kind: 'start', slots: run.execution.slots, spec: startSpec(run, cluster, newSecret()) });
    }
  }

  /** A saving (consolidation) asks and withdraws; every other cause asks and then kills. */
  sendStops(attempts: readonly AttemptName[]): void {
    const { world, link, epoch } = this.#ports;
    for (const { run: id, attempt } of attempts) {
      const run = world.run(id);
      const stop = run?.execution?.stop;
      if (run?.execution == null || run.attempt !== attempt || stop == null) continue;
      const mode = stop.cause === 'consolidation' ? 'save' : 'end';
      link.send(run.execution.node, {
        epoch,
        kind: 'stop',
        run: run.id,
        attempt: run.attempt,
        cause: stop.cause,
        mode,
        graceMs: stop.graceMs,
      });
    }
  }

  sendRelease(node: NodeId): void {
    const { link, epoch } = this.#ports;
    link.send(node, { epoch, kind: 'release', reason: 'no work needs it' });
  }

  /** What a node held when it opened an older connection is not what it holds now. */
  #isLate({ allocation, nonce, connection = 0, clockMs = this.#ports.clock.nowMs() }: Extract<NodeMessage, { kind: 'hello' }>): boolean {
    const newest = this.#newestHellos.get(allocation);
    if (newest?.nonce === nonce && connection > 0 && connection <= newest.connection) return true;
    this.#newestHellos.set(allocation, { nonce, connection, clockBehindMs: this.#ports.clock.nowMs() - clockMs });
    return false;
  }

  /** The node's deadline by our clock; else a node whose clock is behind by more than its walltime would never get a run. */
  #inOurTime<Message extends { readonly deadlineMs: number | null }>(node: NodeId, message: Message): Message {
    const behindMs = this.#newestHellos.get(node)?.clockBehindMs ?? 0;
    return message.deadlineMs === null ? message : { ...message, deadlineMs: message.deadlineMs + behindMs };
  }

  #acknowledge(node: NodeId, run: RunId, attempt: number): void {
    this.#ports.link.send(node, { epoch: this.#ports.epoch, kind: 'ended-acknowledged', run, attempt });
  }

  #greet(said: Extract<NodeMessage, { kind: 'hello' }>): void {
    const { world, link, epoch, times, log, record, whenDurable, note, onLinked } = this.#ports;
    const node = said.allocation;
    if (this.#isLate(said)) {
      this.#staleMessages += 1;
      log.info(`dropped a hello of ${node} that came later than one of a newer connection`);
      link.close(node);
      return;
    }
    const hello = this.#inOurTime(node, said);
    const answer = isServed(hello.protocol, this.#ports.protocol)
      ? answerHello(world, hello, this.#ports.isRecovering())
      : refuseProtocol(hello.protocol, this.#ports.protocol);
    if (answer.kind === 'refuse') {
      log.warn(`turned ${node} on ${hello.host} away: ${answer.message}`);
      link.send(node, { epoch, kind: 'refused', code: answer.code, message: answer.message });
      link.close(node);
      return;
    }
    const allocation = world.allocation(node);
    const cluster = clusterOf(world, allocation);
    link.send(node, {
      epoch,
      kind: 'welcome',
      protocol: hello.protocol,
      times: timesOfNode(times, allocation?.leaseMs ?? null, cluster?.fencing ?? null),
      idleTimeoutMs: cluster?.idleTimeoutMs ?? 0,
      onManagerLost: cluster?.fencing.onManagerLost ?? { kind: 'finish' },
    });
    const onNode = allocation?.node ?? null;
    const stopping =
      onNode === null ? [] : heldRuns(onNode).flatMap((run) => (world.run(run)?.execution?.stop == null ? [] : attemptOf(world, run)));
    const resend = answer.resend.flatMap((run) => attemptOf(world, run));
    const finish = () => {
      for (const ended of hello.ended) this.#acknowledge(node, ended.run, ended.attempt);
      this.sendStarts(resend);
      this.sendStops(stopping);
      for (const held of answer.unwanted)
        link.send(node, { epoch, kind: 'stop', run: held.run, attempt: held.attempt, cause: 'user', mode: 'end', graceMs: 0 });
      if (world.allocation(node)?.node?.drain?.reason === 'release') this.sendRelease(node);
    };
    if (answer.events.length > 0) record(answer.events);
    whenDurable(finish);
    note([
      { kind: 'node-linked', node, nonce: hello.nonce },
      { kind: 'node-deadline-changed', node, deadlineMs: hello.deadlineMs },
    ]);
    onLinked(node, hello.nonce);
    log.info(`${node} is linked from ${hello.host} (pid ${hello.pid})`);
  }
}

/** The present attempt of a run, as a list of one; of none when there is no such run. */
export function attemptOf(world: World, run: RunId): readonly AttemptName[] {
  const known = world.run(run);
  return known === undefined ? [] : [{ run, attempt: known.attempt }];
}

/** Nodes outlive the manager that requested them: one of the next version serves those of the last. */
function isServed(protocol: number, own: number): boolean {
  return protocol === own || protocol === own - 1;
}

function refuseProtocol(protocol: number, own: number): { readonly kind: 'refuse'; readonly code: string; readonly message: string } {
  return { kind: 'refuse', code: 'protocol', message: `it speaks protocol ${protocol}, this manager speaks ${own} and ${own - 1}` };
}
