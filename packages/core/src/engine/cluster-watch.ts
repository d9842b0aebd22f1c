import type { Allocation } from '../model/allocation.ts';
import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { AllocationId, ClusterName } from '../model/ids.ts';
import type { AllocationReport, AllocationRequest, ClusterPort, PollOutcome } from '../ports/cluster.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { World } from '../evolve/world.ts';
import { assertNever } from '../model/assert.ts';
import { formatDuration } from '../model/duration.ts';
import { engineTimes } from './engine-times.ts';

export interface ClusterWatchPorts {
  readonly world: World;
  readonly cluster: ClusterPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Commits facts; `afterwards` when they are durable. */
  readonly record: (events: readonly DurableEvent[], afterwards?: () => void) => void;
  readonly note: (events: readonly JuqueueEvent[]) => void;
  /** Runs an effect while the right to act lasts. */
  readonly act: (effect: () => Promise<void>) => Promise<void>;
}

/**
 * One cluster, submitted to and watched. Asks nothing while it has no allocations; else at the cluster's interval, and
 * soon after anything that hints at a change. What a failed poll does not say is never taken as an end.
 */
export class ClusterWatch {
  readonly #ports: ClusterWatchPorts;
  readonly #firstMissedAtMs = new Map<string, number>();
  #timer: Timer | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #holdTimer: Timer | null = null;
  #polling: Promise<void> | null = null;
  #failedPolls = 0;
  #barrenInRow = 0;
  #outage: string | null = null;
  #isStopped = false;

  constructor(ports: ClusterWatchPorts) {
    this.#ports = ports;
  }

  get name(): ClusterName {
    return this.#ports.cluster.definition.name;
  }

  /** A sentence while the cluster does not answer. */
  get outage(): string | null {
    return this.#outage;
  }

  async submit(request: AllocationRequest): Promise<void> {
    const { cluster, record, act, log } = this.#ports;
    await act(async () => {
      const outcome = await cluster.submit(request);
      if (this.#ports.world.allocation(request.allocation)?.status !== 'requested') return;
      switch (outcome.kind) {
        case 'submitted':
          log.info(`${request.allocation} is submitted to ${this.name} as ${outcome.jobId}`);
          record([{ kind: 'allocation-submitted', allocation: request.allocation, jobId: outcome.jobId }]);
          this.pollSoon(0);
          return;
        case 'held-back':
          record([{ kind: 'allocation-refused', allocation: request.allocation, code: 'held-back', message: outcome.message }]);
          this.#hold(outcome.message, engineTimes.heldBackMs);
          return;
        case 'refused':
          record([{ kind: 'allocation-refused', allocation: request.allocation, code: outcome.code, message: outcome.message }]);
          this.#hold(outcome.message, null);
          return;
        case 'unknown':
          log.warn(`whether ${this.name} has ${request.allocation} is not known: ${outcome.message}`);
          this.pollSoon(this.#ports.cluster.pollIntervalMs);
          return;
        default:
          assertNever(outcome);
      }
    });
  }

  async cancel(ids: readonly AllocationId[]): Promise<void> {
    const { world, cluster, act, log } = this.#ports;
    const allocations = ids.flatMap((id) => world.allocation(id) ?? []).filter((allocation) => allocation.status !== 'ended');
    if (allocations.length === 0) return;
    await act(async () => {
      const outcome = await cluster.cancel(allocations);
      if (outcome.kind === 'failed') log.warn(`${this.name} did not take the cancel of ${ids.join(', ')}: ${outcome.message}`);
      this.pollSoon(0);
    });
  }

  /** Asks within `delayMs`, when nothing earlier is due. */
  pollSoon(delayMs: number): void {
    if (this.#isStopped) return;
    const atMs = this.#ports.clock.monotonicMs() + delayMs;
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#ports.clock.after(delayMs, () => {
      this.#timer = null;
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      void this.poll();
    });
  }

  /** Asks now. One question at a time: a second caller waits for the answer to the first. */
  poll(): Promise<void> {
    this.#polling ??= this.#pollOnce().finally(() => {
      this.#polling = null;
      if (this.#allocationsToAsk().length > 0) this.pollSoon(this.#interval());
    });
    return this.#polling;
  }

  /** Asks no more and lets go of the cluster; allocations go on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#holdTimer?.cancel();
    await this.#ports.cluster[Symbol.asyncDispose]();
  }

  /** Those that have not ended, and those whose bill is not confirmed and may still become so. */
  #allocationsToAsk(): readonly Allocation[] {
    const { world, clock } = this.#ports;
    const ofThis = (allocation: Allocation): boolean => allocation.cluster === this.name;
    const mayBeConfirmed = ({ endedAtMs }: Allocation): boolean =>
      endedAtMs !== null && clock.nowMs() - endedAtMs < engineTimes.confirmationWaitMs;
    return [
      ...world.allocations.filter((allocation) => ofThis(allocation) && allocation.status !== 'ended'),
      ...world.unconfirmedEnds.filter((allocation) => ofThis(allocation) && mayBeConfirmed(allocation)),
    ];
  }

  /** Doubles with each failure, at most eightfold, so that a controller in trouble is not asked to death. */
  #interval(): number {
    return this.#ports.cluster.pollIntervalMs * Math.min(2 ** this.#failedPolls, 8);
  }

  async #pollOnce(): Promise<void> {
    const asked = this.#allocationsToAsk();
    if (asked.length === 0) return;
    const outcome = await this.#ports.cluster.poll(asked);
    if (this.#isStopped) return;
    if (outcome.kind === 'failed') {
      this.#failedPolls += 1;
      this.#outage = `${this.name} does not answer: ${outcome.message}`;
      this.#ports.log.warn(this.#outage);
      return;
    }
    this.#failedPolls = 0;
    this.#outage = null;
    this.#take(asked, outcome);
  }

  #take(asked: readonly Allocation[], outcome: Extract<PollOutcome, { kind: 'answered' }>): void {
    const reports = new Map(outcome.reports.map((report) => [report.token, report]));
    const missing = new Set(outcome.missing);
    const events: DurableEvent[] = [];
    const wasOpen = new Set(asked.filter(({ status }) => status !== 'ended').map(({ id }) => id));
    for (const { id } of asked) {
      const allocation = this.#ports.world.allocation(id);
      if (allocation === undefined) continue;
      const report = reports.get(allocation.token);
      if (allocation.status === 'ended') {
        if (report?.isConfirmed === true) events.push(...reportFacts(allocation, report));
      } else if (report !== undefined) {
        this.#firstMissedAtMs.delete(allocation.token);
        events.push(...reportFacts(allocation, report));
      } else if (missing.has(allocation.token)) {
        events.push(...this.#missingFacts(allocation));
      }
    }
    if (events.length === 0) return;
    this.#ports.record(events);
    for (const event of events) if (event.kind === 'allocation-ended' && wasOpen.has(event.allocation)) this.#countBarren(event.allocation);
  }

  /** Two successful answers far enough apart that do not know the token: the cluster never had it, or has forgotten it. */
  #missingFacts(allocation: Allocation): readonly DurableEvent[] {
    const nowMs = this.#ports.clock.monotonicMs();
    const firstMs = this.#firstMissedAtMs.get(allocation.token);
    if (firstMs === undefined) {
      this.#firstMissedAtMs.set(allocation.token, nowMs);
      return [];
    }
    if (nowMs - firstMs < engineTimes.unknownSubmitMs) return [];
    this.#firstMissedAtMs.delete(allocation.token);
    const endedAtMs = this.#ports.clock.nowMs();
    return [
      {
        kind: 'allocation-ended',
        allocation: allocation.id,
        startedAtMs: allocation.startedAtMs,
        endedAtMs,
        state: 'unknown to the cluster',
        isConfirmed: allocation.startedAtMs === null,
      },
    ];
  }

  /** Allocations that end one after the other without ever becoming a node burn money for nothing: hold the cluster. */
  #countBarren(id: AllocationId): void {
    const allocation = this.#ports.world.allocation(id);
    if (allocation === undefined || allocation.cancel !== null) return;
    if (allocation.node !== null) {
      this.#barrenInRow = 0;
      return;
    }
    this.#barrenInRow += 1;
    const over = this.#barrenInRow - engineTimes.barrenAllocationsMax;
    if (over < 0) return;
    const holdMs = Math.min(engineTimes.clusterHoldMs * 2 ** over, engineTimes.clusterHoldMaxMs);
    this.#hold(
      `${this.#barrenInRow} allocations in a row ended before their node connected; next try in ${formatDuration(holdMs)}`,
      holdMs,
    );
  }

  #hold(because: string, forMs: number | null): void {
    this.#ports.log.warn(`${this.name} takes no submissions: ${because}`);
    this.#ports.note([{ kind: 'cluster-held', cluster: this.name, because }]);
    this.#holdTimer?.cancel();
    this.#holdTimer = null;
    if (forMs === null || this.#isStopped) return;
    this.#holdTimer = this.#ports.clock.after(forMs, () => this.#ports.note([{ kind: 'cluster-held', cluster: this.name, because: null }]));
  }
}

/** The events by which this allocation reaches what its cluster reports. */
function reportFacts(allocation: Allocation, report: AllocationReport): readonly DurableEvent[] {
  const events: DurableEvent[] = [];
  if (allocation.status === 'requested') events.push({ kind: 'allocation-submitted', allocation: allocation.id, jobId: report.jobId });
  switch (report.state) {
    case 'waiting':
      if (report.waitingFor !== null && report.waitingFor !== allocation.waitingFor)
        events.push({ kind: 'allocation-waiting', allocation: allocation.id, waitingFor: report.waitingFor });
      break;
    case 'running':
      if (report.startedAtMs !== null && report.startedAtMs !== allocation.startedAtMs) {
        events.push({ kind: 'allocation-started', allocation: allocation.id, startedAtMs: report.startedAtMs, host: report.host });
      }
      break;
    case 'ended':
      if (report.endedAtMs !== null) {
        const { startedAtMs, endedAtMs, isConfirmed, stateText } = report;
        events.push({ kind: 'allocation-ended', allocation: allocation.id, startedAtMs, endedAtMs, state: stateText, isConfirmed });
      }
      break;
    default:
      assertNever(report.state);
  }
  return events;
}
