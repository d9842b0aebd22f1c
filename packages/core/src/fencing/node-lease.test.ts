import { describe, expect, it } from 'vitest';
import { defaultFencingTimes as times } from './fencing-times.ts';
import type { Instant } from './instant.ts';
import type { LeaseInput, LeaseVerdict, NodeLease } from './node-lease.ts';
import { renameLease, startLease, stepLease } from './node-lease.ts';

const at = (seconds: number): Instant => ({ monotonicMs: seconds * 1_000, wallMs: 1_700_000_000_000 + seconds * 1_000 });

/** A node told one thing after another, at seconds since its birth. */
function node(): { readonly lease: NodeLease; tell: (seconds: number | Instant, input: LeaseInput) => LeaseVerdict } {
  let lease = startLease('n1', at(0));
  return {
    get lease() {
      return lease;
    },
    tell(when, input) {
      const step = stepLease(lease, input, typeof when === 'number' ? at(when) : when, times);
      lease = step.lease;
      return step.verdict;
    },
  };
}

function linkedNode(): ReturnType<typeof node> {
  const linked = node();
  linked.tell(0, { kind: 'heartbeat-sent', number: 1 });
  linked.tell(1, { kind: 'heartbeat-answered', number: 1, epoch: 3 });
  return linked;
}

describe('a node’s lease', () => {
  it('does not run before the first manager has answered', () => {
    expect(node().tell(3_600, { kind: 'woke-up' })).toEqual({ kind: 'waiting' });
  });

  it('runs from the moment before the newest answered heartbeat was sent, however late the answer comes', () => {
    const linked = linkedNode();
    linked.tell(5, { kind: 'heartbeat-sent', number: 2 });
    expect(linked.tell(60, { kind: 'heartbeat-answered', number: 2, epoch: 3 })).toEqual({ kind: 'alive', endsInMs: 35_000 });
  });

  it('is not shortened by an answer that comes after a later renewal', () => {
    const linked = linkedNode();
    linked.tell(5, { kind: 'heartbeat-sent', number: 2 });
    linked.tell(6, { kind: 'challenge-read', challenge: 'c', epoch: 3 });
    linked.tell(20, { kind: 'overwrite-begun', counter: 1 });
    linked.tell(21, { kind: 'overwrite-completed', counter: 1 });
    expect(linked.tell(30, { kind: 'heartbeat-answered', number: 2, epoch: 3 })).toEqual({ kind: 'alive', endsInMs: 80_000 });
  });

  it('is not renewed by overwrites that began before the manager’s challenge was read through the work-dir', () => {
    const linked = linkedNode();
    linked.tell(10, { kind: 'overwrite-begun', counter: 1 });
    linked.tell(11, { kind: 'challenge-read', challenge: 'c', epoch: 3 });
    expect(linked.tell(12, { kind: 'overwrite-completed', counter: 1 })).toEqual({ kind: 'alive', endsInMs: 78_000 });
    linked.tell(25, { kind: 'overwrite-begun', counter: 2 });
    expect(linked.tell(26, { kind: 'overwrite-completed', counter: 2 })).toEqual({ kind: 'alive', endsInMs: 89_000 });
  });

  it('ends at its time, and a completed overwrite or an answer that waited in the socket does not bring it back', () => {
    const linked = linkedNode();
    linked.tell(80, { kind: 'heartbeat-sent', number: 2 });
    expect(linked.tell(90, { kind: 'heartbeat-answered', number: 2, epoch: 3 })).toEqual({ kind: 'ended' });
    expect(linked.tell(91, { kind: 'order-read', epoch: 4 })).toEqual({ kind: 'ended' });
    expect(linked.lease.epoch).toBe(3);
  });

  it('ends when either clock says so: the host was suspended, or the wall clock stood still', () => {
    expect(linkedNode().tell({ ...at(2), wallMs: at(90).wallMs }, { kind: 'woke-up' })).toEqual({ kind: 'ended' });
    expect(linkedNode().tell({ ...at(2), monotonicMs: at(90).monotonicMs }, { kind: 'woke-up' })).toEqual({ kind: 'ended' });
  });

  it('drops answers and orders of a lower epoch than it has seen, and orders to another nonce', () => {
    const linked = linkedNode();
    linked.tell(5, { kind: 'heartbeat-sent', number: 2 });
    linked.tell(6, { kind: 'order-read', epoch: 4 });
    expect(linked.tell(7, { kind: 'heartbeat-answered', number: 2, epoch: 3 })).toEqual({ kind: 'dropped', because: 'lower-epoch' });
    expect(linked.tell(7, { kind: 'order-read', epoch: 4, nonce: 'n0' })).toEqual({ kind: 'dropped', because: 'another-nonce' });
  });

  it('keeps only heartbeats that could still renew it, while nobody answers', () => {
    const linked = linkedNode();
    linked.tell(1, { kind: 'challenge-read', challenge: 'c', epoch: 3 });
    for (let seconds = 5; seconds <= 600; seconds += 5) {
      linked.tell(seconds, { kind: 'overwrite-begun', counter: seconds });
      linked.tell(seconds, { kind: 'overwrite-completed', counter: seconds });
      linked.tell(seconds, { kind: 'heartbeat-sent', number: seconds });
    }
    expect(linked.lease.unanswered).toHaveLength(18);
  });

  it('starts over under a new nonce that knows the epoch and holds nothing', () => {
    const linked = linkedNode();
    linked.tell(90, { kind: 'woke-up' });
    const renamed = renameLease(linked.lease, 'n2', at(95));
    expect(renamed).toEqual({ ...startLease('n2', at(95)), epoch: 3 });
    expect(stepLease(renamed, { kind: 'order-read', epoch: 3 }, at(96), times).verdict).toEqual({ kind: 'waiting' });
  });
});
