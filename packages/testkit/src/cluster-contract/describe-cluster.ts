import { randomBytes } from 'node:crypto';
import type { Allocation, AllocationReport, AllocationRequest, ClusterPort } from '@juqueue/core';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../slurm-cluster/wait-until.ts';

/** A source of nodes whose NodeManagers stay until they are told to go (`idle-node.ts`). */
export interface ClusterPlace extends AsyncDisposable {
  /** As a manager opens it; opened again it is that of a restarted manager, who knows nothing but allocations. */
  open(): Promise<ClusterPort>;
  /** Lets a waiting allocation start, where that does not happen by itself. */
  start(token: string): void;
  /** How long an allocation may take to start or end. */
  readonly limitMs: number;
}

/** What every cluster promises to the engine. */
export function describeCluster(name: string, newPlace: () => Promise<ClusterPlace>, testLimitMs = 60_000): void {
  describe(`${name}, as a cluster,`, { timeout: testLimitMs }, () => {
    it('takes a request, runs it as an allocation of its token, and ends it when it is cancelled', async () => {
      await using place = await newPlace();
      await using cluster = await place.open();
      const allocation = await submitted(cluster);
      place.start(allocation.token);
      const running = await reported(cluster, allocation, 'running', place.limitMs);
      expect(running).toMatchObject({ token: allocation.token, jobId: allocation.jobId, endedAtMs: null });
      expect(running.startedAtMs).toBeTypeOf('number');
      expect(running.host).toBeTypeOf('string');

      const known = { ...allocation, status: 'running', startedAtMs: running.startedAtMs } as const;
      expect(await cluster.cancel([known])).toEqual({ kind: 'taken' });
      const ended = await reported(cluster, known, 'ended', place.limitMs);
      expect(ended.startedAtMs).toBe(running.startedAtMs);
      expect(ended.endedAtMs).toBeGreaterThanOrEqual(running.startedAtMs!);
    });

    it('calls a token missing that was never submitted, and no other', async () => {
      await using place = await newPlace();
      await using cluster = await place.open();
      const allocation = await submitted(cluster);
      const never = allocationOf(newRequest());
      const outcome = await cluster.poll([allocation, never]);
      expect(outcome).toMatchObject({ kind: 'answered', missing: [never.token] });
      expect(outcome.kind === 'answered' && outcome.reports.map(({ token }) => token)).toEqual([allocation.token]);
      await cluster.cancel([allocation]);
      await reported(cluster, allocation, 'ended', place.limitMs);
    });

    it('is found by a restarted manager by the token alone', async () => {
      await using place = await newPlace();
      const request = newRequest();
      const before = await place.open();
      const outcome = await before.submit(request);
      place.start(request.token);
      await before[Symbol.asyncDispose]();

      await using after = await place.open();
      const unanswered = allocationOf(request);
      const found = await reported(after, unanswered, 'running', place.limitMs);
      expect(outcome).toEqual({ kind: 'submitted', jobId: found.jobId });
      expect(await after.cancel([unanswered])).toEqual({ kind: 'taken' });
      await reported(after, { ...unanswered, startedAtMs: found.startedAtMs }, 'ended', place.limitMs);
    });

    it('takes the cancel of what has ended, or never was, as done', async () => {
      await using place = await newPlace();
      await using cluster = await place.open();
      const allocation = await submitted(cluster);
      await cluster.cancel([allocation]);
      await reported(cluster, allocation, 'ended', place.limitMs);
      expect(await cluster.cancel([allocation, allocationOf(newRequest())])).toEqual({ kind: 'taken' });
    });
  });
}

export function newRequest(change: Partial<AllocationRequest> = {}): AllocationRequest {
  const token = randomBytes(16).toString('hex');
  return {
    allocation: `contract-${token.slice(0, 8)}`,
    token,
    slots: 2,
    resources: { slots: 2 },
    walltimeMs: 600_000,
    avoidedHosts: [],
    ...change,
  };
}

/** As it stands in the journal before the cluster has answered. */
export function allocationOf(request: AllocationRequest, change: Partial<Allocation> = {}): Allocation {
  return {
    id: request.allocation,
    cluster: 'contract',
    token: request.token,
    status: 'requested',
    jobId: null,
    slots: request.slots,
    resources: request.resources,
    walltimeMs: request.walltimeMs,
    leaseMs: null,
    requestedAtMs: Date.now(),
    startedAtMs: null,
    endedAtMs: null,
    host: null,
    endState: null,
    isConfirmed: false,
    cancel: null,
    waitingFor: null,
    node: null,
    ...change,
  };
}

/** Submits and answers the allocation as it stands in the journal then. */
export async function submitted(cluster: ClusterPort, request = newRequest()): Promise<Allocation> {
  const outcome = await cluster.submit(request);
  if (outcome.kind !== 'submitted') throw new Error(`expected a submission, found ${JSON.stringify(outcome)}`);
  return allocationOf(request, { status: 'submitted', jobId: outcome.jobId });
}

/** Asks until the allocation is reported in this state. */
export async function reported(
  cluster: ClusterPort,
  allocation: Allocation,
  state: AllocationReport['state'],
  limitMs: number,
): Promise<AllocationReport> {
  return waitUntil(`${allocation.id} is ${state}`, limitMs, async () => {
    const outcome = await cluster.poll([allocation]);
    return outcome.kind === 'answered' ? outcome.reports.find((report) => report.state === state) : undefined;
  });
}
