import type { Instant, LeaseVerdict, ManagerMessage, NodeFound, NodeMessage, Nonce, OnManagerLost, StopCause } from '@juqueue/core';
import { assertNever, decodeFenceOrder, protocolVersion, withoutManager } from '@juqueue/core';
import type { NodeContext } from '../launch/launch-plan.ts';
import { AttemptDesk } from './attempt-desk.ts';
import { Deadlines } from './deadlines.ts';
import { FenceDesk } from './fence-desk.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { SpawnerReport } from '../spawner/spawner-messages.ts';
import type { NodePorts, StorageReport } from './node-ports.ts';
import { nodeTimes } from './node-times.ts';
import { graceOf, WalltimeWatch } from './walltime.ts';

export interface NodeFacts {
  readonly context: NodeContext;
  readonly slots: number;
  readonly pid: number;
  readonly found: Omit<NodeFound, 'devices'>;
  /** What a run's stop is caused by when the cluster ends this node out of turn. */
  readonly endCause: 'manager-stop' | 'preempted';
}

/**
 * The NodeManager's mind: inputs in, calls of its ports out; no timers, sockets or files of its own, so that a simulator
 * can be its whole world.
 *
 * serving  takes starts and stops; linked to the manager or not.
 * closing  executes nothing new and leaves when it is empty and its outcomes are known: released, at the end of its
 *          allocation, without a manager, or not wanted.
 * fenced   its lease has ended or it was told that it was given up: its runs are being killed, and nothing that comes in
 *          counts. Then it goes on serving, empty, under a new nonce.
 * left     said goodbye.
 *
 * serving → closing → left;  serving | closing → fenced → serving;  a closing node stays closing through a fence.
 *
 * Every input checks the lease before it is looked at: after a thaw the clock has the first word.
 */
export class NodeCore {
  readonly #ports: NodePorts;
  readonly #facts: NodeFacts;
  readonly #deadlines: Deadlines;
  readonly #lease: LeaseKeeper;
  readonly #fences: FenceDesk;
  readonly #walltime: WalltimeWatch;
  readonly #desk: AttemptDesk;
  readonly #endedNonces: Nonce[] = [];
  #nonce: Nonce;
  #phase: 'serving' | 'closing' | 'fenced' | 'left' = 'serving';
  #link: 'down' | 'greeting' | 'up' = 'down';
  #idleTimeoutMs = 0;
  #onManagerLost: OnManagerLost = { kind: 'finish' };
  #idleSince: Instant | null;
  #leaveReason: string | null = null;
  #connections = 0;
  #messagesDropped = 0;

  constructor(ports: NodePorts, facts: NodeFacts) {
    this.#ports = ports;
    this.#facts = facts;
    this.#nonce = ports.newNonce();
    this.#deadlines = new Deadlines(ports.clock, () => this.onWake());
    const send = (message: NodeMessage): void => this.#send(message);
    this.#desk = new AttemptDesk(
      { ...ports, deadlines: this.#deadlines, context: facts.context, areRunsSignalled: facts.endCause === 'preempted', send },
      facts.slots,
      this.#nonce,
    );
    this.#lease = new LeaseKeeper(ports, this.#nonce, this.#deadlines, send);
    this.#idleSince = this.#lease.now();
    this.#fences = new FenceDesk(ports.storage, this.#desk);
    this.#walltime = new WalltimeWatch(ports.clock, this.#deadlines, this.#desk, facts.context.deadlineMs, (end) => {
      this.#send({ kind: 'ending', cause: 'walltime', deadlineMs: end });
      this.#leaveWhenEmpty('its allocation ends (walltime)');
    });
  }

  get nonce(): Nonce {
    return this.#nonce;
  }

  /** Messages of a lower epoch, and those that came while the node held no lease. */
  get messagesDropped(): number {
    return this.#messagesDropped;
  }

  begin(): void {
    this.#takeName(this.#nonce);
    this.#walltime.look();
    this.#lookForManager();
  }

  onWake(): void {
    this.#awake();
    this.#deadlines.runDue();
    this.#afterChange();
  }

  onLinkUp(): void {
    if (!this.#awake()) return;
    this.#link = 'greeting';
    this.#lease.linkUp();
    this.#connections += 1;
    const { context, slots, pid, found } = this.#facts;
    this.#ports.link.send({
      kind: 'hello',
      protocol: protocolVersion,
      allocation: context.node,
      nonce: this.#nonce,
      connection: this.#connections,
      endedNonces: this.#endedNonces,
      host: context.host,
      pid,
      slots,
      deadlineMs: context.deadlineMs,
      clockMs: this.#ports.clock.nowMs(),
      found: { ...found, devices: context.devices.list?.length ?? null },
      held: this.#desk.held,
      ended: this.#desk.ended,
    });
  }

  onLinkDown(): void {
    this.#link = 'down';
    this.#lease.linkDown();
    if (!this.#awake()) return;
    this.#deadlines.set('pause', nodeTimes.startsWithoutLinkMs, () => this.#desk.pause());
    this.#afterChange();
  }

  onMessage(message: ManagerMessage): void {
    if (this.#phase === 'fenced' || this.#phase === 'left' || !this.#mayObey(message)) this.#messagesDropped += 1;
    else this.#obey(message);
    this.#afterChange();
  }

  onSpawner(report: SpawnerReport): void {
    this.#awake();
    this.#desk.onSpawner(report);
    this.#afterChange();
  }

  onStorage(report: StorageReport): void {
    this.#awake();
    // Outcomes of an earlier nonce are settled as well; everything else of it is history.
    if (report.kind === 'appended') this.#ports.spawners.settled(report.attempts);
    if ('nonce' in report && report.nonce !== this.#nonce) return;
    switch (report.kind) {
      case 'folder-opened':
        this.#lease.folderOpened();
        // Not before: guards and scripts need the folder as soon as there are runs.
        if (this.#endedNonces.length === 0) this.#ports.link.open();
        break;
      case 'overwrite-failed':
        this.#lease.overwriteFailed(report.because);
        break;
      case 'heartbeat-overwritten':
        this.#lease.overwritten(report.counter);
        break;
      case 'orders-read':
        if (report.challenge !== null) this.#lease.challengeRead(report.challenge);
        if (report.fence !== null && this.#link === 'down') this.#readFence(report.fence);
        break;
      case 'appended':
        if (report.isClosed) this.#folderClosed();
        break;
      case 'observed':
        this.#send({ kind: 'observed', observations: report.observations });
        break;
      case 'concluded':
        this.#desk.concluded(report, report.outcome);
        break;
      case 'work-dir-gone':
        this.#stopAll('node-lost', 'the work-dir is gone');
        break;
      default:
        assertNever(report);
    }
    this.#afterChange();
  }

  /** The cluster asked this node to end: a signal of the allocation. */
  onEndRequested(): void {
    this.#awake();
    const { deadlineMs } = this.#facts.context;
    const isWalltime = deadlineMs !== null && this.#walltime.isNear;
    const cause = isWalltime ? 'walltime' : this.#facts.endCause;
    if (cause !== 'manager-stop') this.#send({ kind: 'ending', cause, deadlineMs: deadlineMs ?? this.#ports.clock.nowMs() });
    this.#desk.signalled(cause);
    this.#stopAll(cause, `its allocation ends (${cause})`);
  }

  /** An early warning of the cluster only makes the node look at its own deadline again. */
  onEndWarned(): void {
    if (this.#awake()) this.#walltime.look();
  }

  #obey(message: ManagerMessage): void {
    switch (message.kind) {
      case 'welcome':
        this.#welcomed(message.epoch, message.idleTimeoutMs, message.onManagerLost ?? { kind: 'finish' });
        return;
      case 'refused':
        this.#refused(message.code, message.message);
        return;
      case 'heartbeat-answer':
        return;
      case 'start':
        this.#desk.start(message.spec, message.slots);
        this.#walltime.noteRun(message.spec);
        return;
      case 'stop':
        this.#desk.stop(message, message.cause, message.mode, message.graceMs);
        return;
      case 'ended-acknowledged':
        this.#desk.acknowledge(message);
        return;
      case 'release':
        this.#desk.close({ cause: null, because: 'its node was released' });
        this.#leaveWhenEmpty(message.reason);
        return;
      default:
        assertNever(message);
    }
  }

  /** The lease judges every word of a manager; before its first renewal a node takes no attempts. */
  #mayObey(message: ManagerMessage): boolean {
    const verdict = this.#judge(message);
    if (verdict.kind === 'ended') this.#fence('its lease has ended');
    return verdict.kind === 'alive' || (verdict.kind === 'waiting' && message.kind === 'refused');
  }

  #judge(message: ManagerMessage): LeaseVerdict {
    switch (message.kind) {
      case 'welcome':
        return this.#lease.welcomed(message.epoch, message.times);
      case 'heartbeat-answer':
        return this.#lease.answered(message.number, message.epoch);
      default:
        return this.#lease.judge({ kind: 'order-read', epoch: message.epoch });
    }
  }

  #readFence(content: string): void {
    const order = decodeFenceOrder(content);
    if (order === null) return;
    const verdict = this.#lease.judge({ kind: 'order-read', epoch: order.epoch, nonce: order.nonce });
    if (verdict.kind === 'alive' || verdict.kind === 'waiting') this.#fences.obey(order);
  }

  #welcomed(epoch: number, idleTimeoutMs: number, onManagerLost: OnManagerLost): void {
    this.#link = 'up';
    this.#onManagerLost = onManagerLost;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#deadlines.clear('pause');
    this.#desk.resume();
    this.#ports.log.info(`welcomed by the manager of epoch ${epoch}`);
  }

  /** A node that was given up ends its runs at once: they may execute elsewhere already. */
  #refused(code: string, because: string): void {
    this.#ports.log.warn(`turned away (${code}): ${because}`);
    this.#link = 'down';
    if (this.#desk.isEmpty) this.#leaveIfUnwanted(code, because);
    else if (code === 'fenced') this.#fence(`it was given up: ${because}`);
  }

  /** Another nonce may still have to be proven gone, so that one waits; the others will never be wanted. */
  #leaveIfUnwanted(code: string, because: string): void {
    if (code !== 'another-nonce') this.#leaveWhenEmpty(`not wanted: ${because}`);
  }

  #stopAll(cause: StopCause, because: string): void {
    this.#desk.close({ cause, because });
    for (const { spec } of this.#desk.executing) this.#desk.stop(spec, cause, 'end', graceOf(spec));
    this.#leaveWhenEmpty(because);
  }

  /** The lease has the first word. False when nothing else counts at present. */
  #awake(): boolean {
    if (this.#phase === 'fenced' || this.#phase === 'left') return false;
    if (this.#lease.judge({ kind: 'woke-up' }).kind !== 'ended') return true;
    this.#fence('its lease has ended');
    return false;
  }

  #fence(because: string): void {
    this.#ports.log.warn(`${this.#nonce} ends: ${because}; killing ${this.#desk.executing.length} runs`);
    this.#phase = 'fenced';
    this.#lease.stop();
    this.#desk.close({ cause: 'node-lost', because });
    this.#desk.killAll();
    // Not before the kills: closing a connection must not delay them by anything.
    this.#link = 'down';
    this.#ports.link.reconnect();
    this.#afterChange();
  }

  /** A fenced node whose runs are all dead writes that down and takes a new name. */
  #renew(): void {
    this.#ports.storage.append(this.#nonce, [
      { kind: 'closed', by: 'node', atMs: this.#ports.clock.nowMs(), reason: 'its lease has ended' },
    ]);
    this.#endedNonces.push(this.#nonce);
    this.#nonce = this.#ports.newNonce();
    this.#desk.renew(this.#nonce);
    this.#lease.rename(this.#nonce);
    this.#takeName(this.#nonce);
    this.#phase = 'serving';
    if (this.#leaveReason !== null) this.#leaveWhenEmpty(this.#leaveReason);
    this.#ports.link.reconnect();
  }

  #takeName(nonce: Nonce): void {
    this.#ports.spawners.setup(nonce);
    this.#ports.storage.openFolder(nonce);
  }

  #afterChange(): void {
    if (this.#phase === 'fenced' && this.#desk.isEmpty) this.#renew();
    if (!this.#desk.isEmpty) this.#idleSince = null;
    else this.#idleSince ??= this.#lease.now();
    if (this.#desk.hasExecuting && !this.#deadlines.has('clock')) this.#deadlines.set('clock', nodeTimes.clockLookMs, () => undefined);
    this.#fences.confirm(this.#nonce);
    this.#leaveIfDone();
  }

  /** Comes again as long as the node lives; says something only while no manager is heard. */
  #lookForManager(): void {
    const { lease, times } = this.#lease;
    this.#deadlines.set('manager', times.heartbeatMs, () => this.#lookForManager());
    const load = { idleSince: this.#idleSince, idleTimeoutMs: this.#idleTimeoutMs, onManagerLost: this.#onManagerLost };
    const verdict = withoutManager(lease, load, this.#lease.now(), times);
    if (verdict === 'stop-runs' && this.#phase === 'serving')
      this.#stopAll('manager-stop', 'its manager has been gone for as long as its cluster allows');
    if (verdict !== 'leave') return;
    this.#leaveWhenEmpty(lease.answeredAt === null ? 'no manager was found' : 'its manager is gone and nothing is left to do');
  }

  #leaveWhenEmpty(reason: string): void {
    if (this.#phase === 'left') return;
    this.#leaveReason ??= reason;
    if (this.#phase === 'fenced') return;
    this.#phase = 'closing';
    this.#desk.close({ cause: null, because: `its node leaves: ${this.#leaveReason}` });
    this.#leaveIfDone();
  }

  /** Acknowledged outcomes allow a goodbye; without a link the spool speaks for the node. */
  #leaveIfDone(): void {
    if (this.#phase !== 'closing' || !this.#desk.isEmpty) return;
    const isLinked = this.#link === 'up';
    if (isLinked && this.#desk.hasUnacknowledged) {
      if (!this.#deadlines.has('acknowledgement')) {
        this.#deadlines.set('acknowledgement', nodeTimes.acknowledgementMs, () => this.#end(this.#leaveReason ?? 'done'));
      }
      return;
    }
    if (isLinked) this.#ports.link.send({ kind: 'goodbye', reason: this.#leaveReason ?? 'done' });
    this.#end(this.#leaveReason ?? 'done');
  }

  #end(reason: string): void {
    if (this.#phase === 'left') return;
    this.#phase = 'left';
    this.#leaveReason = reason;
    this.#lease.stop();
    this.#deadlines.clearAll();
    this.#ports.link.close();
    this.#ports.storage.append(this.#nonce, [{ kind: 'closed', by: 'node', atMs: this.#ports.clock.nowMs(), reason }]);
    this.#deadlines.set('close', nodeTimes.closeMs, () => this.#ports.leave(reason, false));
  }

  #folderClosed(): void {
    if (this.#phase === 'left') this.#ports.leave(this.#leaveReason ?? 'done', true);
  }

  #send(message: NodeMessage): void {
    if (this.#link !== 'down') this.#ports.link.send(message);
  }
}
