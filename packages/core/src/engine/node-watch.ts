import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { NodeId, Nonce } from '../model/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { NodeFiles, NodeFolderReading } from '../ports/node-files.ts';
import type { NodeLink } from '../ports/node-link.ts';
import type { World } from '../evolve/world.ts';
import type { AttemptName } from '../fencing/fence-orders.ts';
import type { AwakeClock } from '../fencing/awake-clock.ts';
import type { FencingTimes } from '../fencing/fencing-times.ts';
import type { NodePatience, PatienceInput, PatienceVerdict } from '../fencing/manager-patience.ts';
import { startAwakeClock, wakeUp } from '../fencing/awake-clock.ts';
import { timesOfNode } from '../fencing/cluster-times.ts';
import { judgeNode, startPatience, stepPatience } from '../fencing/manager-patience.ts';
import { settleAttempts } from '../fencing/settle-attempts.ts';
import { formatDuration } from '../model/duration.ts';
import { heldRuns } from '../evolve/evolve-allocation.ts';
import { encodeChallenge } from '../protocol/challenge.ts';
import { clusterOf } from './cluster-of.ts';
import { engineTimes } from './engine-times.ts';
import { LaterLooks } from './later-looks.ts';

export interface NodeWatchPorts {
  readonly world: World;
  readonly files: NodeFiles;
  readonly link: NodeLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: FencingTimes;
  readonly epoch: number;
  /** Whether no earlier manager can still renew leases. */
  readonly isPredecessorGone: boolean;
  readonly newSecret: () => string;
  readonly mayAnswer: () => boolean;
  readonly record: (events: readonly DurableEvent[], afterwards?: () => void) => void;
  readonly note: (events: readonly JuqueueEvent[]) => void;
  readonly onGone: (node: NodeId) => void;
}

interface Watched {
  readonly node: NodeId;
  readonly nonce: Nonce;
  readonly challenge: string;
  patience: NodePatience;
  isReading: boolean;
  isFencing: boolean;
  lastReadAtMs: number;
}

/**
 * Drives the manager's patience with every node: answers heartbeats, looks into the folders of those that are not heard,
 * and turns what is proven into facts. All judgement is in fencing; here are only the timers and the reads.
 */
export class NodeWatch {
  readonly #ports: NodeWatchPorts;
  readonly #watched = new Map<NodeId, Watched>();
  readonly #later: LaterLooks;
  #awake: AwakeClock;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(ports: NodeWatchPorts) {
    this.#ports = ports;
    this.#later = new LaterLooks(ports.clock);
    this.#awake = startAwakeClock(ports.clock.monotonicMs());
    this.#sleep();
  }

  /** Sentences about nodes that cannot be reached. */
  get notices(): readonly string[] {
    const nodes = [...this.#watched.values()];
    if (nodes.length === 0 || nodes.some((watched) => watched.patience.isLinked)) return [];
    const quietMs = Math.min(...nodes.map((watched) => this.#awake.awakeMs - watched.patience.answeredAtMs));
    if (quietMs < this.#ports.times.linkQuietMs) return [];
    return [
      `no node can connect since ${formatDuration(quietMs)}: the fault may be this manager's own, so no run is put back because of it`,
    ];
  }

  /** A node of an earlier manager start: taken as heard at this moment, until it connects or its folder says otherwise. */
  adopted(node: NodeId, nonce: Nonce): void {
    this.#watch(node, nonce, false);
    this.#readSoon(node, nonce);
  }

  linked(node: NodeId, nonce: Nonce): void {
    this.#wake();
    const watched = this.#watch(node, nonce, this.#ports.isPredecessorGone);
    this.#step(watched, { kind: 'greeted' });
  }

  heartbeat(node: NodeId, nonce: Nonce, number: number): void {
    const watched = this.#watched.get(node);
    const known = this.#ports.world.allocation(node)?.node;
    if (watched === undefined || watched.nonce !== nonce || known == null || known.status === 'gone' || !this.#ports.mayAnswer()) return;
    this.#ports.link.send(node, { epoch: this.#ports.epoch, kind: 'heartbeat-answer', number });
    this.#wake();
    this.#step(watched, { kind: 'answered' });
    if (known.status !== 'connected') this.#ports.note([{ kind: 'node-linked', node, nonce }]);
  }

  unlinked(node: NodeId, nonce: Nonce): void {
    const watched = this.#watched.get(node);
    if (watched === undefined || watched.nonce !== nonce) return;
    this.#wake();
    this.#step(watched, { kind: 'link-closed' });
    this.#readSoon(node, nonce);
  }

  forget(node: NodeId): void {
    this.#watched.delete(node);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#later.stop();
  }

  /** The challenge goes out with the first sight of a nonce: only its echo lets the file channel count for the node. */
  #watch(node: NodeId, nonce: Nonce, isPredecessorGone: boolean): Watched {
    const known = this.#watched.get(node);
    if (known !== undefined && known.nonce === nonce) return known;
    const { epoch, newSecret, files, log } = this.#ports;
    const watched: Watched = {
      node,
      nonce,
      challenge: encodeChallenge({ epoch, secret: newSecret() }),
      patience: startPatience(nonce, isPredecessorGone || this.#ports.isPredecessorGone, this.#awake.awakeMs),
      isReading: false,
      isFencing: false,
      lastReadAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#watched.set(node, watched);
    files
      .writeChallenge(node, nonce, watched.challenge)
      .catch((error: unknown) => log.warn(`the challenge for ${node} could not be written: ${String(error)}`));
    return watched;
  }

  #sleep(): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.clock.after(this.#ports.times.heartbeatMs, () => {
      this.#wake();
      for (const watched of this.#watched.values()) this.#look(watched);
      this.#sleep();
    });
  }

  #wake(): void {
    this.#awake = wakeUp(this.#awake, this.#ports.clock.monotonicMs(), this.#ports.times);
  }

  #step(watched: Watched, input: PatienceInput): void {
    watched.patience = stepPatience(watched.patience, input, this.#awake.awakeMs);
  }

  #judge(watched: Watched): PatienceVerdict {
    const isAnyNodeLinked = [...this.#watched.values()].some(
      (other) => other.patience.isLinked && this.#awake.awakeMs - other.patience.answeredAtMs < this.#ports.times.linkQuietMs,
    );
    const isNeeded = this.#held(watched).some(({ run }) => this.#ports.world.run(run)?.execution?.stop != null);
    return judgeNode(watched.patience, { isNeeded, isAnyNodeLinked }, this.#awake.awakeMs, this.#timesOf(watched.node));
  }

  /** The times that its node was told, and what its cluster says now about our own patience. */
  #timesOf(node: NodeId): FencingTimes {
    const { world, times } = this.#ports;
    const allocation = world.allocation(node);
    return timesOfNode(times, allocation?.leaseMs ?? null, clusterOf(world, allocation)?.fencing ?? null);
  }

  #held({ node, nonce }: Watched): readonly AttemptName[] {
    const { world } = this.#ports;
    const known = world.allocation(node)?.node;
    if (known == null || known.nonce !== nonce || known.status === 'gone') return [];
    return heldRuns(known).flatMap((run) => ({ run, attempt: world.run(run)?.attempt ?? 0 }));
  }

  /** Once a wake-up: shows what is known of the node, and looks into its folder when that is due. */
  #look(watched: Watched): void {
    const verdict = this.#judge(watched);
    this.#show(watched, verdict);
    if (verdict.kind === 'heard') return;
    if (verdict.kind === 'unlinked' && verdict.mustFence) this.#fence(watched);
    if (this.#awake.awakeMs - watched.lastReadAtMs >= this.#timesOf(watched.node).spoolReadMs) void this.#read(watched);
  }

  #show({ node, nonce }: Watched, verdict: PatienceVerdict): void {
    const { world, note, log } = this.#ports;
    const status = world.allocation(node)?.node?.status;
    if (verdict.kind === 'unlinked' && (status === 'connected' || status === 'silent')) note([{ kind: 'node-unlinked', node, nonce }]);
    if ((verdict.kind === 'silent' || verdict.kind === 'lapsed') && status !== 'silent' && status !== 'gone') {
      log.warn(`${node} is silent since ${formatDuration(verdict.silentMs)}`);
      note([{ kind: 'node-silent', node, nonce }]);
    }
  }

  #fence(watched: Watched): void {
    const { node, nonce } = watched;
    const { record, files, epoch, log } = this.#ports;
    if (watched.isFencing) return;
    watched.isFencing = true;
    const attempts = this.#held(watched);
    log.info(`${node} is to end ${attempts.length} attempts: its link has been cut for too long`);
    record([{ kind: 'node-fence-requested', node, nonce, attempts }], () => {
      files
        .writeFence(node, nonce, { epoch, nonce, attempts })
        .then(() => this.#step(watched, { kind: 'fence-written' }))
        .catch((error: unknown) => log.warn(`the fence order for ${node} could not be written: ${String(error)}`))
        .finally(() => (watched.isFencing = false));
    });
  }

  /** A broken link often means a dead NodeManager, and its guards prove that within two seconds: look early and often. */
  #readSoon(node: NodeId, nonce: Nonce): void {
    for (const delayMs of engineTimes.aftermathReadsMs) {
      this.#later.after(delayMs, () => {
        const watched = this.#watched.get(node);
        if (watched === undefined || watched.nonce !== nonce) return;
        this.#wake();
        if (!watched.patience.isLinked) void this.#read(watched);
      });
    }
  }

  async #read(watched: Watched): Promise<void> {
    if (watched.isReading) return;
    watched.isReading = true;
    watched.lastReadAtMs = this.#awake.awakeMs;
    this.#step(watched, { kind: 'read-began' });
    let reading: NodeFolderReading | null = null;
    try {
      reading = await this.#ports.files.read(watched.node, watched.nonce);
    } catch (error) {
      this.#ports.log.warn(`the folder of ${watched.node} could not be read: ${String(error)}`);
    }
    watched.isReading = false;
    if (this.#isStopped || this.#watched.get(watched.node) !== watched) return;
    this.#wake();
    if (reading === null) this.#step(watched, { kind: 'read-failed' });
    else this.#settle(watched, reading);
  }

  /** What the reading proves, as facts; when it proves the whole nonce gone, that too, in the same commit. */
  #settle(watched: Watched, reading: NodeFolderReading): void {
    const { node, nonce } = watched;
    const { record, epoch, log, onGone } = this.#ports;
    this.#step(watched, {
      kind: 'read-completed',
      counter: reading.counter,
      isOurChallengeEchoed: reading.challengeEcho === watched.challenge,
    });
    const verdict = this.#judge(watched);
    this.#show(watched, verdict);
    const settlements = settleAttempts(this.#held(watched), reading, watched.patience, verdict, epoch);
    const events: DurableEvent[] = settlements.flatMap((settled) =>
      settled.proof === 'reported' || settled.proof === 'fence-confirmed'
        ? [{ kind: 'run-ended' as const, run: settled.run, attempt: settled.attempt, outcome: settled.outcome }]
        : [],
    );
    const isGone = reading.isClosed || verdict.kind === 'lapsed';
    if (isGone) events.push({ kind: 'node-gone', node, nonce, proof: reading.isClosed ? 'guard' : 'lease-and-margins-passed' });
    if (events.length > 0) record(events);
    if (!isGone) return;
    log.info(
      `${node} is gone: ${reading.isClosed ? 'its guards ended what it executed' : `silent for ${formatDuration(watched.patience.files.stillMs)}`}`,
    );
    this.#ports.link.close(node);
    onGone(node);
  }
}
