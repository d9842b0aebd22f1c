import type {
  Allocation,
  AllocationReport,
  AllocationRequest,
  ClusterDefinition,
  ClusterPort,
  PollOutcome,
  SubmitOutcome,
} from '@juqueue/core';
import type { Dice } from './dice.ts';
import type { SimNode } from './sim-node.ts';
import type { SimProcess } from './sim-process.ts';
import type { Timeline } from './timeline.ts';
import type { Truth } from './truth.ts';
import { worldBeginsMs } from './host.ts';

/** How the cluster's controller does. All probabilities are per question. */
export interface ClusterMood {
  /** Answers take this long at most. */
  slowMs: number;
  /** A poll fails. */
  fails: number;
  /** A submission gets no answer; half of those are made all the same, some of them later. */
  losesSubmits: number;
  /** A poll does not know a job that it has. */
  forgets: number;
  /** A cancel is not taken. */
  losesCancels: number;
}

export const goodMood: ClusterMood = { slowMs: 200, fails: 0, losesSubmits: 0, forgets: 0, losesCancels: 0 };

interface Job {
  readonly request: AllocationRequest;
  readonly jobId: string;
  state: 'waiting' | 'running' | 'ended';
  stateText: string;
  startedAtMs: number | null;
  endedAtMs: number | null;
  node: SimNode | null;
}

/** From SIGTERM to SIGKILL, as Slurm's KillWait. */
const killWaitMs = 30_000;

/** A cluster that starts nodes after a while, bills them, and answers as its mood is. Its own clock is the true time. */
export class SimCluster {
  readonly definition: ClusterDefinition;
  mood: ClusterMood = goodMood;
  readonly #timeline: Timeline;
  readonly #dice: Dice;
  readonly #truth: Truth;
  readonly #startNode: (request: AllocationRequest, jobId: string) => SimNode;
  readonly #jobs = new Map<string, Job>();

  constructor(
    definition: ClusterDefinition,
    timeline: Timeline,
    dice: Dice,
    truth: Truth,
    startNode: (request: AllocationRequest, jobId: string) => SimNode,
  ) {
    this.definition = definition;
    this.#timeline = timeline;
    this.#dice = dice;
    this.#truth = truth;
    this.#startNode = startNode;
  }

  get openJobs(): readonly string[] {
    return [...this.#jobs.values()].filter(({ state }) => state !== 'ended').map(({ request }) => request.allocation);
  }

  get runningNodes(): readonly SimNode[] {
    return [...this.#jobs.values()].flatMap(({ node }) => (node !== null && node.process.isAlive ? [node] : []));
  }

  billedMs(): number {
    return [...this.#jobs.values()].reduce(
      (sum, { startedAtMs, endedAtMs }) => sum + (startedAtMs === null ? 0 : (endedAtMs ?? this.#nowMs) - startedAtMs),
      0,
    );
  }

  /** The cluster says that it lost this node's machine; its processes live on or not. */
  declareLost(node: SimNode): void {
    const job = [...this.#jobs.values()].find((other) => other.node === node);
    if (job?.state === 'running') this.#end(job, 'NODE_FAIL');
  }

  /** The cluster takes the machine away, with notice. */
  preempt(node: SimNode): void {
    const job = [...this.#jobs.values()].find((other) => other.node === node);
    if (job !== undefined) this.#terminate(job, 'PREEMPTED');
  }

  /** One manager's way to it. */
  connect(process: SimProcess): ClusterPort {
    return {
      definition: this.definition,
      pollIntervalMs: 60_000,
      submit: (request) => this.#ask(process, 'submit', () => this.#submit(request)),
      poll: (allocations) => this.#ask(process, 'poll', () => this.#poll(allocations)),
      cancel: (allocations) => this.#ask(process, 'cancel', () => this.#cancel(allocations)),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  get #nowMs(): number {
    return worldBeginsMs + this.#timeline.nowMs;
  }

  #ask<T>(process: SimProcess, what: string, answer: () => T): Promise<T> {
    return new Promise((resolve) => {
      process.act(what, () => {
        this.#timeline.after(this.#dice.between(5, this.mood.slowMs), () => {
          const answered = answer();
          this.#timeline.after(this.#dice.between(5, this.mood.slowMs), () => process.deliver(() => resolve(answered)));
        });
      });
    });
  }

  #submit(request: AllocationRequest): SubmitOutcome {
    this.#truth.submitted(request);
    if (this.#dice.chance(this.mood.losesSubmits)) {
      if (this.#dice.chance(0.5))
        this.#timeline.after(this.#dice.chance(0.5) ? 0 : this.#dice.between(1_000, 200_000), () => void this.#take(request));
      return { kind: 'unknown', message: 'the controller did not answer in time' };
    }
    if (this.#dice.chance(this.mood.losesSubmits / 4)) return { kind: 'held-back', message: 'too many jobs of this user' };
    return { kind: 'submitted', jobId: this.#take(request).jobId };
  }

  #take(request: AllocationRequest): Job {
    const job: Job = {
      request,
      jobId: String(this.#jobs.size + 1),
      state: 'waiting',
      stateText: 'PENDING',
      startedAtMs: null,
      endedAtMs: null,
      node: null,
    };
    this.#jobs.set(request.token, job);
    this.#timeline.after(this.#dice.between(500, this.#dice.chance(0.2) ? 120_000 : 10_000), () => this.#start(job));
    return job;
  }

  #start(job: Job): void {
    if (job.state !== 'waiting') return;
    const { walltimeMs, allocation } = job.request;
    job.state = 'running';
    job.stateText = 'RUNNING';
    job.startedAtMs = this.#nowMs;
    this.#timeline.tell(`the cluster starts ${allocation}`);
    const node = this.#startNode(job.request, job.jobId);
    job.node = node;
    if (walltimeMs !== null) this.#timeline.after(walltimeMs, () => this.#terminate(job, 'TIMEOUT'));
    node.process.onKilled(() => {
      const isCrash = node.process.host.isDead;
      this.#timeline.after(isCrash ? this.#dice.between(20_000, 200_000) : this.#dice.between(500, 5_000), () =>
        this.#end(job, isCrash ? 'NODE_FAIL' : 'COMPLETED'),
      );
    });
  }

  #poll(allocations: readonly Allocation[]): PollOutcome {
    if (this.#dice.chance(this.mood.fails)) return { kind: 'failed', message: 'the controller does not answer' };
    const reports: AllocationReport[] = [];
    const missing: string[] = [];
    for (const { token } of allocations) {
      const job = this.#jobs.get(token);
      if (job === undefined || this.#dice.chance(this.mood.forgets)) missing.push(token);
      else reports.push(report(token, job));
    }
    return { kind: 'answered', reports, missing };
  }

  #cancel(allocations: readonly Allocation[]): { readonly kind: 'taken' } | { readonly kind: 'failed'; readonly message: string } {
    if (this.#dice.chance(this.mood.losesCancels)) return { kind: 'failed', message: 'the controller did not answer in time' };
    for (const { token } of allocations) {
      const job = this.#jobs.get(token);
      if (job?.state === 'waiting') this.#end(job, 'CANCELLED');
      else if (job?.state === 'running') this.#terminate(job, 'CANCELLED');
    }
    return { kind: 'taken' };
  }

  /** A notice to the NodeManager, and a while later the end of everything. */
  #terminate(job: Job, stateText: string): void {
    if (job.state !== 'running') return;
    const { node } = job;
    this.#timeline.tell(`the cluster ends ${job.request.allocation} (${stateText})`);
    node?.process.deliver(() => node.core.onEndRequested());
    this.#timeline.after(killWaitMs, () => this.#end(job, stateText));
  }

  /** NODE_FAIL is said of nodes whose processes may live on; all other ends leave nothing behind. */
  #end(job: Job, stateText: string): void {
    if (job.state === 'ended') return;
    this.#timeline.tell(`the cluster says that ${job.request.allocation} has ended (${stateText})`);
    job.state = 'ended';
    job.stateText = stateText;
    job.endedAtMs = this.#nowMs;
    const host = job.node?.process.host;
    if (stateText !== 'NODE_FAIL' && host !== undefined) for (const process of [...host.processes]) process.kill();
  }
}

function report(token: string, { jobId, state, stateText, startedAtMs, endedAtMs }: Job): AllocationReport {
  return {
    token,
    jobId,
    state,
    stateText,
    waitingFor: state === 'waiting' ? 'Resources' : null,
    startedAtMs,
    endedAtMs,
    host: null,
    isConfirmed: state === 'ended',
  };
}
