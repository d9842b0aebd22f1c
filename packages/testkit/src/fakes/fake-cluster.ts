import type {
  Allocation,
  AllocationReport,
  AllocationRequest,
  ClusterDefinition,
  ClusterPort,
  Clock,
  PollOutcome,
  SubmitOutcome,
} from '@juqueue/core';

/** A cluster whose jobs start when the test says so. */
export class FakeCluster implements ClusterPort {
  readonly definition: ClusterDefinition;
  readonly pollIntervalMs = 60_000;
  readonly jobs = new Map<string, AllocationReport>();
  /** What the next submissions answer instead of taking the job. */
  readonly answers: SubmitOutcome[] = [];
  readonly requests: AllocationRequest[] = [];
  polls = 0;
  isDown = false;
  readonly #clock: Clock;

  constructor(definition: ClusterDefinition, clock: Clock) {
    this.definition = definition;
    this.#clock = clock;
  }

  async submit(request: AllocationRequest): Promise<SubmitOutcome> {
    this.requests.push(request);
    const answer = this.answers.shift();
    if (answer !== undefined && answer.kind !== 'submitted') return answer;
    const jobId = String(this.jobs.size + 1);
    this.jobs.set(request.token, {
      token: request.token,
      jobId,
      state: 'waiting',
      stateText: 'PENDING',
      waitingFor: 'Resources',
      startedAtMs: null,
      endedAtMs: null,
      host: null,
      isConfirmed: false,
    });
    return { kind: 'submitted', jobId };
  }

  async poll(allocations: readonly Allocation[]): Promise<PollOutcome> {
    this.polls += 1;
    if (this.isDown) return { kind: 'failed', message: 'the controller does not answer' };
    const tokens = allocations.map((allocation) => allocation.token);
    return {
      kind: 'answered',
      reports: tokens.flatMap((token) => this.jobs.get(token) ?? []),
      missing: tokens.filter((token) => !this.jobs.has(token)),
    };
  }

  async cancel(allocations: readonly Allocation[]): Promise<{ readonly kind: 'taken' }> {
    for (const { token } of allocations) this.end(token);
    return { kind: 'taken' };
  }

  start(token: string): void {
    this.#change(token, { state: 'running', stateText: 'RUNNING', waitingFor: null, startedAtMs: this.#clock.nowMs(), host: 'n1' });
  }

  end(token: string, isConfirmed = true): void {
    this.#change(token, { state: 'ended', stateText: 'COMPLETED', waitingFor: null, endedAtMs: this.#clock.nowMs(), isConfirmed });
  }

  /** Its jobs outlive whoever watched them. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #change(token: string, change: Partial<AllocationReport>): void {
    const job = this.jobs.get(token);
    if (job !== undefined) this.jobs.set(token, { ...job, ...change });
  }
}
