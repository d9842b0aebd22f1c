import type { AttemptOutcome, HeldAttempt, StartSpec, StopCause } from '@juqueue/core';
import type { Holding } from '../launch/launch-plan.ts';
import type { RunFiles } from '../launch/run-files.ts';

/** A request to stop that stands. `save` asks and is withdrawn; `end` asks and then kills. */
export interface StandingStop {
  readonly cause: StopCause;
  readonly mode: 'save' | 'end';
}

/**
 * An attempt that this node has.
 *
 * waiting     sent ahead; starts when slots free, in the order of arrival.
 * executing   given to a spawner; `pid` comes with its report.
 * concluding  ended; its own files are looked at before the outcome is told. It holds no slots any more.
 *
 * waiting → executing → concluding → (told);  waiting → (told as never started).
 */
export type Held =
  | { readonly phase: 'waiting'; readonly spec: StartSpec; readonly wishedSlots: readonly number[] }
  | {
      readonly phase: 'executing';
      readonly spec: StartSpec;
      readonly slots: readonly number[];
      readonly devices: Holding['devices'];
      readonly files: RunFiles;
      /** How to do the same by hand. */
      readonly script: string;
      readonly pid: number | null;
      readonly startedAtMs: number | null;
      readonly stop: StandingStop | null;
      readonly isKilled: boolean;
      readonly isWatched: boolean;
    }
  | {
      readonly phase: 'concluding';
      readonly spec: StartSpec;
      readonly slots: readonly number[];
      readonly pid: number | null;
      readonly startedAtMs: number | null;
      readonly doubt: Doubt | null;
    };

/**
 * An end that nobody here asked for, on a cluster that signals the processes of a node all at once: it may have been the
 * run's own, or the cluster's, whose signal to the node itself is then on its way.
 */
export interface Doubt {
  /** Told when no signal comes; null until it is known. */
  readonly outcome: AttemptOutcome | null;
}

export type Executing = Extract<Held, { phase: 'executing' }>;

/** As a hello tells it. */
export function describeHeld(held: Held): HeldAttempt {
  const name = { run: held.spec.run, attempt: held.spec.attempt };
  if (held.phase === 'waiting') return { ...name, phase: 'waiting', slots: [], pid: null, startedAtMs: null };
  return { ...name, phase: 'executing', slots: held.slots, pid: held.pid, startedAtMs: held.startedAtMs };
}
