import type { ClusterDefinition } from '../model/definition.ts';
import type { DurableEvent, StoredEvent } from '../model/events.ts';
import { definedEvent } from './event-samples.ts';

const beganMs = 1_700_000_000_000;

const cluster: ClusterDefinition = {
  name: 'local',
  type: 'local',
  slotsPerNode: 2,
  nodeResources: { slots: 2 },
  maxAllocations: 4,
  scalingPolicy: { kind: 'maximize_running' },
  walltimeMs: null,
  idleTimeoutMs: 30_000,
  graceMs: 5_000,
  cudaDevicesPerSlot: 0,
  environment: 'inherit',
  consolidation: 'off',
  fencing: { leaseMs: null, fsStalenessMs: null, linkPatienceMs: null, onManagerLost: { kind: 'finish' } },
  logLimitBytes: 1024 ** 3,
  driver: {},
};

/** The first `count` events of a sweep that never ends: runs start, finish, fail and are wanted again on nodes that come and go. */
export function sweepEvents(count: number): readonly StoredEvent[] {
  const events: DurableEvent[] = [
    { kind: 'manager-started', epoch: 1, host: 'login1', pid: 1, version: 'v' },
    { kind: 'clusters-defined', clusters: [cluster] },
    definedEvent(1, 30).event,
  ];
  for (let round = 1; events.length < count; round++) {
    const node = `local-${String(round).padStart(5, '0')}`;
    const nonce = `nonce${round}`;
    const slots = 2;
    events.push(
      {
        kind: 'allocation-requested',
        allocation: node,
        cluster: 'local',
        token: node,
        slots,
        resources: { slots },
        walltimeMs: null,
        leaseMs: null,
      },
      { kind: 'allocation-submitted', allocation: node, jobId: String(round) },
      { kind: 'allocation-started', allocation: node, startedAtMs: beganMs + events.length * 1_000, host: 'h' },
      { kind: 'node-appeared', node, nonce, host: 'h', pid: 1, deadlineMs: null },
    );
    const attempt = Math.ceil(round / 10);
    const three = [0, 1, 2].map((i) => `sweep@lr0.001_s${((round - 1) * 3 + i) % 30}`);
    if (attempt > 1) events.push({ kind: 'runs-resumed', runs: three, by: 'somebody' });
    for (const [i, run] of three.entries()) {
      const startedAtMs = beganMs + events.length * 1_000;
      events.push(
        { kind: 'run-placed', run, attempt, node, nonce, slots: [i % 2] },
        { kind: 'run-started', run, attempt, slots: [i % 2], pid: 100 + i, startedAtMs },
      );
      // The third is lost with its node.
      if (i === 2) break;
      const outcome = {
        kind: 'exit',
        exitCode: i,
        signal: null,
        stopCause: null,
        startedAtMs,
        endedAtMs: startedAtMs + 5_000,
        checkpointAtMs: null,
        progress: null,
        detail: `exited with ${i}`,
      } as const;
      events.push({ kind: 'run-ended', run, attempt, outcome });
    }
    events.push(
      { kind: 'node-gone', node, nonce, proof: 'guard' },
      { kind: 'runs-cancelled', runs: three.slice(2), by: 'somebody', reason: null },
      {
        kind: 'allocation-ended',
        allocation: node,
        startedAtMs: null,
        endedAtMs: beganMs + events.length * 1_000,
        state: 'COMPLETED',
        isConfirmed: round % 2 === 0,
      },
    );
  }
  return events.slice(0, count).map((event, index) => ({ seq: index + 1, atMs: beganMs + (index + 1) * 1_000, event }));
}
