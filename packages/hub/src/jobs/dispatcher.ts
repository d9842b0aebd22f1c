import type { Clock } from '@juqueue/core';
import type { Agents } from '../agents/agents.ts';
import { routeJob } from '../decide/route.ts';
import type { RouteObstacle } from '../decide/route.ts';
import type { AgentAttempt } from '../messages/message-queues.ts';
import type { HubTimes } from '../model/hub-times.ts';
import type { JobState } from '../model/job.ts';
import type { Jobs } from './jobs.ts';
import { WaitingJobs } from './waiting-jobs.ts';

interface Offer {
  readonly job: JobState;
  readonly agent: string;
  readonly attempt: number;
  readonly atMs: number;
}

export interface OfferPorts {
  /** False while the switch of the hub is closed. */
  readonly mayOffer: () => boolean;
  /** Puts the offer into the agent's queue. */
  readonly send: (agent: string, job: string, attempt: number) => void;
}

/**
 * Offers jobs to agents. A job waits here from its launch, or the end of its delay, until an agent has room for it, and again when its offer is
 * declined or lapses. All of it follows from the record and from what agents tell; nothing of it is stored.
 */
export class Dispatcher {
  readonly #jobs: Jobs;
  readonly #agents: Agents;
  readonly #clock: Clock;
  readonly #times: HubTimes;
  readonly #ports: OfferPorts;
  readonly #waiting = new WaitingJobs();
  readonly #offers = new Map<string, Offer>();
  /** Agents that declined a job or let its offer lapse. */
  readonly #avoided = new Map<string, Set<string>>();
  /** Jobs that no other agent can take either, until this instant. */
  readonly #resting = new Map<string, number>();
  #isSoon = false;

  constructor(jobs: Jobs, agents: Agents, clock: Clock, times: HubTimes, ports: OfferPorts) {
    this.#jobs = jobs;
    this.#agents = agents;
    this.#clock = clock;
    this.#times = times;
    this.#ports = ports;
  }

  /** This attempt of the job may be offered from now on. */
  enqueue(id: string, attempt: number): void {
    const job = this.#jobs.opened(id);
    if (job === null || !isOfferable(job, attempt, this.#clock.nowMs()) || this.#offers.has(id)) return;
    this.#waiting.add(job);
    this.offerSoon();
  }

  /** The job has changed: an offer that was claimed, or whose job has ended, is none any more. */
  note(job: JobState): void {
    if (job.status === 'queued') return;
    this.#waiting.remove(job);
    this.#forgive(job.id);
    if (this.#offers.delete(job.id)) this.offerSoon();
  }

  /** The agent will not take the offer. */
  decline(id: string, attempt: number, agent: string): void {
    const offer = this.#offers.get(id);
    if (offer?.agent !== agent || offer.attempt !== attempt) return;
    this.#giveUp(offer);
  }

  /** Offers what can be offered, once for all that happens in this turn of the event loop. */
  offerSoon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    setImmediate(() => {
      this.#isSoon = false;
      this.#offerAll();
    });
  }

  /** Offers that nobody claimed in time are made anew, elsewhere if possible. */
  lapse(): void {
    const nowMs = this.#clock.nowMs();
    for (const offer of [...this.#offers.values()]) if (nowMs - offer.atMs >= this.#times.offerMs) this.#giveUp(offer);
    for (const [id, untilMs] of this.#resting) {
      if (untilMs > nowMs) continue;
      this.#forgive(id);
      this.#enqueueAgain(id);
    }
    if (this.#waiting.size > 0) this.offerSoon();
  }

  /** Why the job has no agent yet; null when it does not wait for one. */
  obstacleOf(id: string): RouteObstacle | null {
    const job = this.#jobs.opened(id);
    if (job === null || !(this.#waiting.has(job) || this.#resting.has(id))) return null;
    const route = this.#route(job);
    return route.kind === 'wait' ? route.obstacle : null;
  }

  /** Offers that nobody has claimed yet. */
  get offers(): readonly AgentAttempt[] {
    return [...this.#offers.values()].map(({ job, agent, attempt }) => ({ agent, job: job.id, attempt }));
  }

  offeredTo(id: string): string | null {
    return this.#offers.get(id)?.agent ?? null;
  }

  #offerAll(): void {
    if (this.#waiting.size === 0 || !this.#ports.mayOffer()) return;
    for (const job of this.#waiting.heads()) {
      for (let next: JobState | null = job; next !== null; next = this.#waiting.nextLike(job)) if (!this.#offer(next)) break;
    }
  }

  /** False when nobody has room for it, and so for none of its like. */
  #offer(job: JobState): boolean {
    const nowMs = this.#clock.nowMs();
    const attempt = job.attempts + 1;
    const route = this.#route(job);
    if (route.kind === 'wait') return false;
    this.#waiting.remove(job);
    this.#offers.set(job.id, { job, agent: route.agent, attempt, atMs: nowMs });
    this.#ports.send(route.agent, job.id, attempt);
    return true;
  }

  #route(job: JobState) {
    const offered = Map.groupBy(this.#offers.values(), ({ agent }) => agent);
    const agents = this.#agents.loads(new Map([...offered].map(([agent, offers]) => [agent, offers.map((offer) => offer.job)])));
    return routeJob({
      job,
      agents,
      avoided: this.#avoided.get(job.id) ?? new Set(),
      nowMs: this.#clock.nowMs(),
      silentMs: this.#times.leaseMs,
    });
  }

  /** Tries the others; when there is none, the job rests before the same agent is asked again. */
  #giveUp({ job, agent }: Offer): void {
    this.#offers.delete(job.id);
    const avoided = this.#avoided.get(job.id) ?? new Set();
    this.#avoided.set(job.id, avoided.add(agent));
    if (this.#route(job).kind === 'agent') this.#enqueueAgain(job.id);
    else this.#resting.set(job.id, this.#clock.nowMs() + this.#times.offerMs);
  }

  #enqueueAgain(id: string): void {
    const job = this.#jobs.opened(id);
    if (job !== null) this.enqueue(id, job.attempts + 1);
  }

  #forgive(id: string): void {
    this.#avoided.delete(id);
    this.#resting.delete(id);
  }
}

function isOfferable(job: JobState, attempt: number, nowMs: number): boolean {
  return job.status === 'queued' && attempt === job.attempts + 1 && job.notBeforeMs <= nowMs;
}
