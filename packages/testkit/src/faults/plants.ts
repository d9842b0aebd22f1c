import type { FaultKind } from './faults.ts';

/**
 * Mistakes that somebody could make in the product. Each is planted into a copy of one source as it is loaded
 * (plant-hook), never into the sources, and must make a simulated world break a promise.
 */
export interface Plant {
  readonly name: string;
  /** Path from the root of the tree. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A seed whose world finds it; where `only` names faults, the world knows no others. */
  readonly seed: number;
  readonly only?: readonly FaultKind[];
}

export const plants: readonly Plant[] = [
  {
    name: 'the attempt of what a node says is not checked',
    file: 'packages/core/src/engine/node-facts.ts',
    find: 'if (run === undefined || run.attempt !== attempt || run.execution === null) return null;',
    replace: 'if (run === undefined || run.execution === null) return null;',
    seed: 25,
    only: ['messages repeat and overtake'],
  },
  {
    name: 'the intent is recorded after the effect',
    file: 'packages/core/src/engine/engine.ts',
    find: 'this.#committer.record(applied.events, () => this.#perform(applied.effects));',
    replace: 'this.#committer.record(applied.events); this.#perform(applied.effects);',
    seed: 1,
  },
  {
    name: 'the lease runs from the receipt of an answer',
    file: 'packages/core/src/fencing/node-lease.ts',
    find: 'return { ...renew(known, answered.sentAt, now), answeredAt: answered.sentAt, unanswered };',
    replace: 'return { ...renew(known, now, now), answeredAt: now, unanswered };',
    seed: 57,
    only: ['answers come later and later'],
  },
  {
    name: 'the stall of the manager counts as silence of its nodes',
    file: 'packages/core/src/fencing/awake-clock.ts',
    find: 'awakeMs: clock.awakeMs + (gapMs > times.stallMs ? 0 : gapMs)',
    replace: 'awakeMs: clock.awakeMs + gapMs',
    seed: 5,
    only: ['a cut link and a stalled manager'],
  },
  {
    name: 'a read that hangs counts as silence',
    file: 'packages/core/src/fencing/stillness.ts',
    find: 'stillness.stillMs + Math.max(0, readBeganAtMs - certainAtMs)',
    replace: 'stillness.stillMs + Math.max(0, nowMs - certainAtMs)',
    seed: 131,
    only: ['the link of a node and the disk of the manager'],
  },
  {
    name: 'fs_staleness is 0 where attributes are cached for 60 s',
    file: 'packages/testkit/src/faults/scenario.ts',
    find: 'const times = rollTimes(dice, cacheMs);',
    replace: 'const times = rollTimes(dice, 0);',
    seed: 173,
    only: ['a link is cut', 'the disk of a node flaps'],
  },
  {
    name: 'the manager does not check its epoch',
    file: 'packages/core/src/fencing/epoch.ts',
    find: "if (right.isSuperseded) return { kind: 'exit' };",
    replace: "if (right.epoch > 0) return { kind: 'act' };",
    seed: 1,
  },
  {
    name: 'the spool is not read before runs are put back',
    file: 'packages/core/src/fencing/settle-attempts.ts',
    find: 'if (ownOutcome !== undefined) return',
    replace: 'if (ownOutcome === null) return',
    seed: 2,
  },
  {
    name: 'the node does not check its lease when it wakes up',
    file: 'packages/node-manager/src/core/node-core.ts',
    find: "if (this.#lease.judge({ kind: 'woke-up' }).kind !== 'ended') return true;",
    replace: "if (this.#phase !== 'fenced') return true;",
    seed: 7,
    only: ['a node stalls', 'link and disk of a node'],
  },
  {
    name: 'a fence confirmation without an outcome is proof',
    file: 'packages/core/src/fencing/fence-orders.ts',
    find: 'outcome === null ? [] : [{ run, attempt, outcome }]',
    replace:
      "[{ run, attempt, outcome: outcome ?? { kind: 'lost', exitCode: null, signal: null, stopCause: 'node-lost', startedAtMs: null, endedAtMs: 0, checkpointAtMs: null, progress: null, detail: '' } }]",
    seed: 73,
    only: ['a link is cut'],
  },
];
