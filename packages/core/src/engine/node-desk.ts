import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { NodeId, Nonce, RunId } from '../model/ids.ts';
import type { Log } from '../ports/log.ts';
import type { NodeLink } from '../ports/node-link.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';
import type { NodeMessage } from '../protocol/messages.ts';
import type { World } from '../evolve/world.ts';
import { timesOfNode } from '../fencing/cluster-times.ts';
import { clusterOf } from './cluster-of.ts';
import { answerHello, messageFacts } from './node-facts.ts';
import { startSpec } from './start-spec.ts';

export interface NodeDeskPorts {
  readonly world: World;
  readonly link: NodeLink;
  readonly log: Log;
  readonly epoch: number;
  /** The newest version of the protocol that this manager speaks. */
  readonly protocol: number;
  readonly times: FencingTimes;
  readonly newSecret: () => string;
  readonly record: (events: readonly DurableEvent[], afterwards?: () => void) => void;
  readonly note: (events: readonly JuqueueEvent[]) => void;
  /** Whether attempts that the journal does not know are taken over. */
  readonly isRecovering: () => boolean;
  readonly onLinked: (node: NodeId, nonce: Nonce) => void;
  readonly onGone: (node: NodeId) => void;
}

/** The manager's end of the conversation with linked nodes: sifts what they say into facts, tells them what was decided. */
export class NodeDesk {
  readonly #ports: NodeDeskPorts;
  #staleMessages = 0;

  constructor(ports: NodeDeskPorts) {
    this.#ports = ports;
  }

  /** Messages dropped because they came from an attempt or nonce that is not the present one. */
  get staleMessages(): number {
    return this.#staleMessages;
  }

  receive(node: NodeId, nonce: Nonce, message: NodeMessage): void {
    if (message.kind === 'hello') {
      this.#greet(message);
      return;
    }
    const { world, record, note, onGone, log } = this.#ports;
    const allocation = world.allocation(node);
    if (allocation === undefined) return;
    const facts = messageFacts(world, allocation, nonce, message);
    if (facts.isStale) {
      this.#staleMessages += 1;
      log.info(`dropped a stale '${message.kind}' from ${node}`);
    }
    if (facts.ephemeral.length > 0) note(facts.ephemeral);
    if (facts.durable.length > 0) record(facts.durable, message.kind === 'ended' ? () => this.#acknowledge(node, message.run, message.attempt) : undefined);
    else if (message.kind === 'ended') this.#acknowledge(node, message.run, message.attempt);
    if (message.kind === 'goodbye' && !facts.isStale) {
      log.info(`${node} said goodbye: ${message.reason}`);
      onGone(node);
    }
  }

  sendStarts(runs: readonly RunId[]): void {
    const { world, link, epoch, newSecret } = this.#ports;
    for (const id of runs) {
      const run = world.run(id);
      const cluster = run?.execution == null ? undefined : world.clusters.get(world.allocation(run.execution.node)?.cluster ?? '');
      if (run?.execution == null || run.execution.startedAtMs !== null || cluster === undefined) continue;
      link.send(run.execution.node, { epoch, kind: 'start', slots: run.execution.slots, spec: startSpec(run, cluster, newSecret()) });
    }
  }

  /** A saving (consolidation) asks and withdraws; every other cause asks and then kills. */
  sendStops(runs: readonly RunId[]): void {
    const { world, link, epoch } = this.#ports;
    for (const id of runs) {
      const run = world.run(id);
      const stop = run?.execution?.stop;
      if (run?.execution == null || stop == null) continue;
      const mode = stop.cause === 'consolidation' ? 'save' : 'end';
      link.send(run.execution.node, { epoch, kind: 'stop', run: run.id, attempt: run.attempt, cause: stop.cause, mode, graceMs: stop.graceMs });
    }
  }

  sendRelease(node: NodeId): void {
    const { link, epoch } = this.#ports;
    link.send(node, { epoch, kind: 'release', reason: 'no work needs it' });
  }

  #acknowledge(node: NodeId, run: RunId, attempt: number): void {
    this.#ports.link.send(node, { epoch: this.#ports.epoch, kind: 'ended-acknowledged', run, attempt });
  }

  #greet(hello: Extract<NodeMessage, { kind: 'hello' }>): void {
    const { world, link, epoch, times, log, record, note, onLinked } = this.#ports;
    const node = hello.allocation;
    const answer = isServed(hello.protocol, this.#ports.protocol) ? answerHello(world, hello, this.#ports.isRecovering()) : refuseProtocol(hello.protocol, this.#ports.protocol);
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
    const finish = () => {
      for (const ended of hello.ended) this.#acknowledge(node, ended.run, ended.attempt);
      this.sendStarts(answer.resend);
      this.sendStops(world.allocation(node)?.node?.occupants.flatMap((run) => run ?? []) ?? []);
      for (const held of answer.unwanted) link.send(node, { epoch, kind: 'stop', run: held.run, attempt: held.attempt, cause: 'user', mode: 'end', graceMs: 0 });
      if (world.allocation(node)?.node?.drain?.reason === 'release') this.sendRelease(node);
    };
    if (answer.events.length > 0) record(answer.events, finish);
    else finish();
    note([
      { kind: 'node-linked', node, nonce: hello.nonce },
      { kind: 'node-deadline-changed', node, deadlineMs: hello.deadlineMs },
    ]);
    onLinked(node, hello.nonce);
    log.info(`${node} is linked from ${hello.host} (pid ${hello.pid})`);
  }
}

/** Nodes outlive the manager that requested them: one of the next version serves those of the last. */
function isServed(protocol: number, own: number): boolean {
  return protocol === own || protocol === own - 1;
}

function refuseProtocol(protocol: number, own: number): { readonly kind: 'refuse'; readonly code: string; readonly message: string } {
  return { kind: 'refuse', code: 'protocol', message: `it speaks protocol ${protocol}, this manager speaks ${own} and ${own - 1}` };
}
