import type { Allocation, AllocationReport } from '@juqueue/core';
import type { AccountedExecution } from './parse-sacct.ts';
import { billedTime } from './billed-time.ts';
import type { QueuedJob } from './parse-squeue.ts';
import { jobPhase } from './job-states.ts';
import { describeWaiting } from './pending-reasons.ts';

/** What sacct knows by token; `none` where the site keeps no accounts, `silent` when it did not answer. */
export type Accounting = 'none' | 'silent' | ReadonlyMap<string, readonly AccountedExecution[]>;

export interface Evidence {
  readonly asked: readonly Allocation[];
  /** Everything of our family that squeue showed, by token. */
  readonly queue: ReadonlyMap<string, readonly QueuedJob[]>;
  readonly accounting: Accounting;
  readonly nowMs: number;
}

export interface Judgement {
  readonly reports: readonly AllocationReport[];
  /** Tokens that neither squeue nor sacct knows. */
  readonly missing: readonly string[];
  /** Tokens that left squeue and that sacct still calls alive: one of the two is late. */
  readonly disputed: readonly string[];
  /** Numbers of jobs that live although no allocation wants them. */
  readonly strays: readonly string[];
}

/** Tokens about which only sacct can say more than squeue did. */
export function tokensForAccounting(asked: readonly Allocation[], queue: ReadonlyMap<string, readonly QueuedJob[]>): readonly string[] {
  return asked.flatMap((allocation) => {
    const job = jobOf(allocation, queue);
    const isSettled = job !== undefined && allocation.status !== 'ended' && jobPhase(job.state) !== 'ended';
    return isSettled ? [] : [allocation.token];
  });
}

/**
 * What squeue and sacct together say about each allocation. Where they say nothing certain, nothing is reported and
 * nothing is missing: the next question may tell.
 */
export function judgeJobs(evidence: Evidence): Judgement {
  const reports: AllocationReport[] = [];
  const missing: string[] = [];
  const disputed: string[] = [];
  const strays: string[] = [];
  for (const allocation of evidence.asked) {
    const job = allocation.status === 'ended' ? undefined : jobOf(allocation, evidence.queue);
    strays.push(
      ...(evidence.queue.get(allocation.token) ?? []).filter((other) => other !== job && isAlive(other)).map(({ jobId }) => jobId),
    );
    const accounted = executionsOf(evidence.accounting, allocation.token);
    if (job !== undefined) {
      const report = reportOf(allocation, job, accounted, evidence);
      if (report !== null) reports.push(report);
      if (report?.state === 'ended' && isAlive(job)) strays.push(job.jobId);
      continue;
    }
    const billed = billedTime(accounted);
    if (billed !== null) {
      reports.push({
        ...billed,
        token: allocation.token,
        jobId: accounted[0]?.jobId ?? '',
        state: 'ended',
        waitingFor: null,
        isConfirmed: true,
      });
    } else if (allocation.status !== 'ended' && evidence.accounting !== 'silent') {
      (accounted.length > 0 ? disputed : missing).push(allocation.token);
    }
  }
  return { reports, missing, disputed, strays };
}

/** Null for a state that we do not know: the job is there, and that is all. */
function reportOf(
  allocation: Allocation,
  job: QueuedJob,
  accounted: readonly AccountedExecution[],
  { accounting, nowMs }: Evidence,
): AllocationReport | null {
  const { token } = allocation;
  const { jobId, state: stateText } = job;
  const phase = jobPhase(stateText);
  if (phase === null) return null;
  if (isRequeued(allocation, job)) {
    const endedAtMs = Math.max(job.submittedAtMs ?? nowMs, allocation.startedAtMs ?? 0);
    return {
      token,
      jobId,
      state: 'ended',
      stateText: `${stateText}, requeued`,
      waitingFor: null,
      startedAtMs: allocation.startedAtMs,
      endedAtMs,
      host: null,
      isConfirmed: false,
    };
  }
  switch (phase) {
    case 'waiting':
    case 'requeued':
      return {
        token,
        jobId,
        state: 'waiting',
        stateText,
        waitingFor: describeWaiting(job.reason),
        startedAtMs: null,
        endedAtMs: null,
        host: null,
        isConfirmed: false,
      };
    case 'running':
      return {
        token,
        jobId,
        state: 'running',
        stateText,
        waitingFor: null,
        startedAtMs: job.startedAtMs,
        endedAtMs: null,
        host: hostOf(job),
        isConfirmed: false,
      };
    case 'ended': {
      const billed = billedTime(accounted);
      if (billed !== null) return { ...billed, token, jobId, state: 'ended', waitingFor: null, isConfirmed: true };
      const startedAtMs = job.nodes === '' ? allocation.startedAtMs : job.startedAtMs;
      // Without accounts the controller's own word is the last that there will be.
      return {
        token,
        jobId,
        state: 'ended',
        stateText,
        waitingFor: null,
        startedAtMs,
        endedAtMs: job.endedAtMs ?? nowMs,
        host: hostOf(job),
        isConfirmed: accounting === 'none',
      };
    }
  }
}

/**
 * Whether the execution that we know is over and the job waits for, or is in, another one. An allocation is one execution:
 * the node is gone, and demand has been counted anew since.
 */
function isRequeued(allocation: Allocation, job: QueuedJob): boolean {
  const phase = jobPhase(job.state);
  if (phase === 'ended') return false;
  if (phase === 'requeued' || / requeued held$/i.test(job.reason)) return true;
  if (phase === 'waiting') return allocation.startedAtMs !== null || allocation.node !== null;
  return allocation.startedAtMs !== null && job.submittedAtMs !== null && job.submittedAtMs > allocation.startedAtMs;
}

/** The job that serves the allocation: of several of one name the living one that was made first. */
function jobOf(allocation: Allocation, queue: ReadonlyMap<string, readonly QueuedJob[]>): QueuedJob | undefined {
  const jobs = queue.get(allocation.token) ?? [];
  const inOrder = jobs.toSorted((a, b) => Number(isAlive(b)) - Number(isAlive(a)) || Number(a.jobId) - Number(b.jobId));
  return inOrder.find(({ jobId }) => jobId === allocation.jobId) ?? inOrder[0];
}

function isAlive(job: QueuedJob): boolean {
  const phase = jobPhase(job.state);
  return phase !== null && phase !== 'ended';
}

/** Jobs of our family that no asked allocation names and that were not just being made. */
export function strayJobs(queue: ReadonlyMap<string, readonly QueuedJob[]>, known: (token: string) => boolean): readonly string[] {
  return [...queue].flatMap(([token, jobs]) => (known(token) ? [] : jobs.filter(isAlive).map(({ jobId }) => jobId)));
}

function executionsOf(accounting: Accounting, token: string): readonly AccountedExecution[] {
  return typeof accounting === 'string' ? [] : (accounting.get(token) ?? []);
}

function hostOf(job: QueuedJob): string | null {
  return job.batchHost || job.nodes || null;
}
