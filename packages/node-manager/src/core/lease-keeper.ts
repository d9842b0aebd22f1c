import type { FencingTimes, Instant, LeaseInput, LeaseVerdict, NodeLease, NodeMessage, Nonce } from '@juqueue/core';
import { decodeChallenge, defaultFencingTimes, renameLease, startLease, stepLease } from '@juqueue/core';
import type { Deadlines } from './deadlines.ts';
import type { NodePorts } from './node-ports.ts';

type LeaseKeeperPorts = Pick<NodePorts, 'clock' | 'link' | 'storage' | 'spawners' | 'log'>;

/**
 * Feeds the node's lease: sends heartbeats over the link, overwrites the heartbeat file, reads the manager's challenge and
 * orders, and sets the alarm for the lease's end. What renews and what ends it is decided by `stepLease` alone.
 */
export class LeaseKeeper {
  readonly #ports: LeaseKeeperPorts;
  readonly #deadlines: Deadlines;
  readonly #send: (message: NodeMessage) => void;
  #lease: NodeLease;
  #times: FencingTimes = defaultFencingTimes;
  #isLinked = false;
  #number = 0;
  #helloNumber = 0;
  #counter = 0;
  #isOverwriting = false;
  #isRefused = false;

  constructor(ports: LeaseKeeperPorts, nonce: Nonce, deadlines: Deadlines, send: (message: NodeMessage) => void) {
    this.#ports = ports;
    this.#deadlines = deadlines;
    this.#send = send;
    this.#lease = startLease(nonce, this.now());
  }

  get lease(): NodeLease {
    return this.#lease;
  }

  get times(): FencingTimes {
    return this.#times;
  }

  now(): Instant {
    return { monotonicMs: this.#ports.clock.monotonicMs(), wallMs: this.#ports.clock.nowMs() };
  }

  /** The lease's verdict on an input that arrives now. Everything that reaches the node is put before it first. */
  judge(input: LeaseInput): LeaseVerdict {
    const { lease, verdict } = stepLease(this.#lease, input, this.now(), this.#times);
    const isRenewed = lease.renewedAt !== this.#lease.renewedAt;
    this.#lease = lease;
    if (isRenewed && verdict.kind === 'alive') this.#ports.spawners.leaseUntil(verdict.endsInMs);
    // The alarm for the very end. Anything that wakes the node earlier looks as well.
    if (verdict.kind === 'alive') this.#deadlines.set('lease', verdict.endsInMs, () => undefined);
    return verdict;
  }

  /** The empty life after the end of a lease. */
  rename(nonce: Nonce): void {
    this.#lease = renameLease(this.#lease, nonce, this.now());
    this.#isOverwriting = false;
  }

  stop(): void {
    for (const name of ['heartbeat', 'link-quiet', 'overwrite', 'orders', 'lease']) this.#deadlines.clear(name);
    this.#isLinked = false;
  }

  /** To be called before the hello is sent: it is a heartbeat too, and the welcome its answer. */
  linkUp(): void {
    this.#isLinked = true;
    this.#number += 1;
    this.#helloNumber = this.#number;
    this.judge({ kind: 'heartbeat-sent', number: this.#number });
    this.#expectAnswer();
  }

  linkDown(): void {
    this.#isLinked = false;
    this.#deadlines.clear('heartbeat');
    this.#deadlines.clear('link-quiet');
    if (this.#counter > 0 && !this.#deadlines.has('orders')) this.#readOrders();
  }

  welcomed(epoch: number, times: FencingTimes): LeaseVerdict {
    const isFaster = times.fileHeartbeatMs < this.#times.fileHeartbeatMs;
    this.#times = times;
    const verdict = this.answered(this.#helloNumber, epoch);
    this.#heartbeat();
    // The deadlines that were set by slower times may come after the end of so short a lease.
    if (isFaster && this.#counter > 0) this.folderOpened();
    return verdict;
  }

  answered(number: number, epoch: number): LeaseVerdict {
    this.#expectAnswer();
    return this.judge({ kind: 'heartbeat-answered', number, epoch });
  }

  folderOpened(): void {
    this.#overwriteHeartbeat();
    this.#readOrders();
  }

  overwritten(counter: number): void {
    this.#isOverwriting = false;
    this.#isRefused = false;
    this.judge({ kind: 'overwrite-completed', counter });
  }

  /** Said once for each time of trouble: it comes every 15 s while the file system refuses. */
  overwriteFailed(because: string): void {
    this.#isOverwriting = false;
    if (!this.#isRefused) this.#ports.log.warn(`the heartbeat file cannot be written: ${because}`);
    this.#isRefused = true;
  }

  challengeRead(content: string): void {
    const challenge = decodeChallenge(content);
    if (challenge === null || this.#lease.challenge === content) return;
    const verdict = this.judge({ kind: 'challenge-read', challenge: content, epoch: challenge.epoch });
    if (verdict.kind === 'alive' || verdict.kind === 'waiting') this.#ports.storage.writeChallengeEcho(this.#lease.nonce, content);
  }

  #heartbeat(): void {
    if (!this.#isLinked) return;
    this.#number += 1;
    this.judge({ kind: 'heartbeat-sent', number: this.#number });
    this.#send({ kind: 'heartbeat', number: this.#number });
    this.#deadlines.set('heartbeat', this.#times.heartbeatMs, () => this.#heartbeat());
  }

  /** A link whose heartbeats go unanswered is taken down and built anew: no socket says that its other end is gone. */
  #expectAnswer(): void {
    this.#deadlines.set('link-quiet', this.#times.linkQuietMs, () => this.#ports.link.reconnect());
  }

  /** One at a time: on a file system that hangs they must not pile up. */
  #overwriteHeartbeat(): void {
    this.#deadlines.set('overwrite', this.#times.fileHeartbeatMs, () => this.#overwriteHeartbeat());
    if (this.#isOverwriting) return;
    this.#isOverwriting = true;
    this.#counter += 1;
    this.judge({ kind: 'overwrite-begun', counter: this.#counter });
    this.#ports.storage.overwriteHeartbeat(this.#lease.nonce, this.#counter);
  }

  /** While unlinked for the sake of orders; before that until the manager's challenge was found. */
  #readOrders(): void {
    if (this.#isLinked && this.#lease.challenge !== null) return;
    this.#deadlines.set('orders', this.#times.fenceReadMs, () => this.#readOrders());
    this.#ports.storage.readOrders(this.#lease.nonce);
  }
}
