import type { Allocation, Node, NodeFound } from '../model/allocation.ts';
import type { ResourceVector } from '../model/definition.ts';
import type { DurableEvent, EphemeralEvent } from '../model/events.ts';
import type { RunId } from '../model/ids.ts';
import { assert, assertNever } from '../model/assert.ts';

type Of<Kind extends string> = Extract<DurableEvent | EphemeralEvent, { readonly kind: Kind }>;

export type AllocationEvent = Of<
  | 'allocation-submitted'
  | 'allocation-refused'
  | 'allocation-waiting'
  | 'allocation-started'
  | 'allocation-cancel-requested'
  | 'allocation-ended'
>;
export type NodeEvent = Of<
  'node-drained' | 'node-undrained' | 'node-release-requested' | 'node-linked' | 'node-unlinked' | 'node-silent' | 'node-deadline-changed'
>;

export function requestAllocation(event: Of<'allocation-requested'>, atMs: number): Allocation {
  return {
    id: event.allocation,
    cluster: event.cluster,
    token: event.token,
    status: 'requested',
    jobId: null,
    slots: event.slots,
    resources: event.resources,
    walltimeMs: event.walltimeMs,
    leaseMs: event.leaseMs ?? null,
    requestedAtMs: atMs,
    startedAtMs: null,
    endedAtMs: null,
    host: null,
    endState: null,
    isConfirmed: false,
    cancel: null,
    waitingFor: null,
    node: null,
  };
}

/** The allocation after what its cluster said of it or what we asked of the cluster. See the prose in model/allocation. */
export function evolveAllocation(allocation: Allocation, event: AllocationEvent, atMs: number): Allocation {
  assert(allocation.status !== 'ended' || event.kind === 'allocation-ended', `${allocation.id} has ended, and ${event.kind} came`);
  switch (event.kind) {
    case 'allocation-submitted':
      return { ...allocation, jobId: event.jobId, status: allocation.status === 'requested' ? 'submitted' : allocation.status };
    case 'allocation-refused':
      return { ...allocation, status: 'ended', endedAtMs: atMs, isConfirmed: true, waitingFor: event.message };
    case 'allocation-waiting':
      return { ...allocation, waitingFor: event.waitingFor };
    case 'allocation-started':
      return { ...allocation, status: 'running', startedAtMs: event.startedAtMs, host: event.host ?? allocation.host, waitingFor: null };
    case 'allocation-cancel-requested':
      return allocation.cancel === null ? { ...allocation, cancel: { reason: event.reason, atMs } } : allocation;
    case 'allocation-ended':
      return {
        ...allocation,
        status: 'ended',
        startedAtMs: event.startedAtMs,
        endedAtMs: event.endedAtMs,
        endState: event.state,
        isConfirmed: event.isConfirmed,
        waitingFor: null,
      };
    default:
      return assertNever(event);
  }
}

/** What a node has, when it found fewer devices than were declared: a run that got none would fail. */
export function withFoundDevices(declared: ResourceVector, found: NodeFound | null): ResourceVector {
  const { gpus } = declared;
  return found === null || found.devices === null || gpus === undefined ? declared : { ...declared, gpus: Math.min(gpus, found.devices) };
}

export function appearNode(allocation: Allocation, event: Of<'node-appeared'>, atMs: number): Allocation {
  assert(
    allocation.node === null || allocation.node.status === 'gone',
    `${event.node} appears under ${event.nonce} while its earlier start is not proven gone`,
  );
  const resources = withFoundDevices(allocation.resources, event.found ?? null);
  const node: Node = {
    id: event.node,
    nonce: event.nonce,
    status: 'connected',
    host: event.host,
    pid: event.pid,
    helloAtMs: atMs,
    found: event.found ?? null,
    deadlineMs: event.deadlineMs,
    drain: allocation.cancel === null ? null : { reason: 'release', atMs },
    occupants: new Array<RunId | null>(allocation.slots).fill(null),
    ahead: [],
    idleSinceMs: atMs,
  };
  return { ...allocation, resources, node };
}

export function evolveNode(node: Node, event: NodeEvent, atMs: number): Node {
  switch (event.kind) {
    case 'node-drained':
      return node.drain === null ? { ...node, drain: { reason: event.reason, atMs } } : node;
    case 'node-undrained':
      return { ...node, drain: null };
    case 'node-release-requested':
      return { ...node, drain: { reason: 'release', atMs } };
    case 'node-linked':
      return { ...node, status: 'connected' };
    case 'node-unlinked':
      return { ...node, status: 'unlinked' };
    case 'node-silent':
      return { ...node, status: 'silent' };
    case 'node-deadline-changed':
      return { ...node, deadlineMs: event.deadlineMs };
    default:
      return assertNever(event);
  }
}

/**
 * The node with this run in these slots, or waiting on it when `slots` is empty. A node starts the next attempt in a slot
 * before it has told the end of the one before; that one is held without a slot until its end is known, so that it is not
 * forgotten when the node dies in between.
 */
export function occupy(node: Node, run: RunId, slots: readonly number[]): Node {
  if (slots.length === 0) return { ...node, ahead: [...node.ahead, run], idleSinceMs: null };
  const occupants = node.occupants.map((occupant, slot) => (slots.includes(slot) ? run : occupant));
  const overtaken = new Set(node.occupants.filter((occupant) => occupant !== null && !occupants.includes(occupant)));
  const ahead = [...node.ahead.filter((other) => other !== run), ...[...overtaken].flatMap((other) => other ?? [])];
  return { ...node, occupants, ahead, idleSinceMs: null };
}

/** The node without this run; idle from `atMs` on when it was the last. */
export function vacate(node: Node, run: RunId, atMs: number): Node {
  const occupants = node.occupants.map((occupant) => (occupant === run ? null : occupant));
  const ahead = node.ahead.includes(run) ? node.ahead.filter((other) => other !== run) : node.ahead;
  const isEmpty = ahead.length === 0 && occupants.every((occupant) => occupant === null);
  return { ...node, occupants, ahead, idleSinceMs: isEmpty ? (node.idleSinceMs ?? atMs) : null };
}

/** Every run that the node holds, executing or waiting, each once. */
export function heldRuns(node: Node): readonly RunId[] {
  const held = new Set<RunId>(node.ahead);
  for (const occupant of node.occupants) if (occupant !== null) held.add(occupant);
  return [...held];
}

/** Whether it still counts: it has not ended, or its node may still execute something. */
export function isOpen(allocation: Allocation): boolean {
  return allocation.status !== 'ended' || (allocation.node !== null && allocation.node.status !== 'gone');
}
