import type { AttemptName, SignalName } from '@juqueue/core';
import type { Environment } from '../launch/inheritable-environment.ts';
import type { LaunchPlan } from '../launch/launch-plan.ts';
import type { OutputStarts } from './log-files.ts';

/** NodeManager → spawner. */
export type SpawnerOrder =
  /** First of all, and again when the node goes on under a new nonce. Guards are numbered; all of them close a spool together. */
  | {
      readonly kind: 'setup';
      readonly folder: string;
      readonly nonce: string;
      readonly guard: number;
      readonly guards: number;
      readonly environment: Environment;
    }
  | { readonly kind: 'start'; readonly plan: LaunchPlan }
  | ({ readonly kind: 'signal'; readonly signal: SignalName } & AttemptName)
  /** SIGKILL for all its processes; answered by `ended`. */
  | ({ readonly kind: 'kill' } & AttemptName)
  /** The lease of this nonce ends then, by the clock of `sharedClockMs`, unless this comes again with a later time. */
  | { readonly kind: 'lease'; readonly endsAtMs: number }
  /** These outcomes are durable; the guard need not write them. */
  | { readonly kind: 'settled'; readonly attempts: readonly AttemptName[] };

/**
 * How the first process of an attempt ended. `recalled`: killed before it was started. `lost`: its spawner died, and what
 * it had started was ended.
 */
export type Exit =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string; readonly isOutOfMemory: boolean }
  | { readonly kind: 'not-started'; readonly code: number; readonly detail: string }
  | { readonly kind: 'recalled' }
  | { readonly kind: 'lost'; readonly detail: string };

/** Spawner → NodeManager. */
export type SpawnerReport =
  | ({ readonly kind: 'started'; readonly pid: number; readonly atMs: number } & AttemptName)
  /** None of its processes is left. `wasSignalled`: one of our signals reached it before it ended. `output`: where its part of each log begins. */
  | ({
      readonly kind: 'ended';
      readonly exit: Exit;
      readonly atMs: number;
      readonly wasSignalled: boolean;
      readonly output: OutputStarts;
    } & AttemptName);

export function attemptKey(name: AttemptName): string {
  return `${name.run}#${name.attempt}`;
}
