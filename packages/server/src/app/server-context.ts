import type { Clock, DefinitionProblem, EngineApi, Log, Problem, RunIndex, StopMode } from '@juqueue/core';
import type { AccessTokens } from '../auth/access-tokens.ts';
import type { Refusals } from '../auth/refusals.ts';
import type { DefinitionPlan } from '../definitions/definitions-plan.ts';
import type { WatchedState } from '../definitions/definitions-service.ts';
import type { ImageCache } from '../images/image-cache.ts';
import type { LogReader } from '../logs/log-reader.ts';
import type { ManagerMetrics } from '../metrics/manager-metrics.ts';
import type { AgentView } from '../hub-agent/agent-keeper.ts';
import type { RunCleaner } from '../clean/run-cleaner.ts';
import type { Estimator } from '../estimate/estimator.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { SiteAccounts } from '../site-accounts.ts';

/** What applying the definitions as they are on disk would change. */
export interface DefinitionsPlan {
  readonly id: string;
  readonly clustersChanged: readonly string[];
  readonly experiments: readonly {
    readonly name: string;
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    readonly isRemoved: boolean;
    /** Ids of executing runs that applying would stop. */
    readonly stopsRunning: readonly string[];
    readonly nodeHoursAtRisk: number;
  }[];
}

export interface DefinitionsState {
  readonly loadedAtMs: number | null;
  readonly problems: readonly DefinitionProblem[];
  /** Null when nothing waits for being applied. */
  readonly plan: DefinitionsPlan | null;
}

/** What becomes of running runs whose definition changed: stopped and restarted, the last of the old version, or nothing is applied. */
export const runningRunsChoices = ['restart', 'finish', 'skip'] as const;
export type RunningRuns = (typeof runningRunsChoices)[number];

export interface ApplyChoices {
  /** By name of the experiment. */
  readonly experiments: Readonly<Record<string, RunningRuns>>;
  /** For the experiments that are not named. */
  readonly others: RunningRuns;
  readonly clusters: 'apply' | 'skip';
}

export const applyEverything: ApplyChoices = { experiments: {}, others: 'restart', clusters: 'apply' };

export type ApplyOutcome =
  { readonly kind: 'applied'; readonly plan: DefinitionPlan | null } | { readonly kind: 'refused'; readonly problem: Problem };

/** The definitions as the manager watches them. */
export interface DefinitionsService {
  readonly state: WatchedState;
  /** Reads all files again and applies what stops no running run; the rest waits as `plan`. */
  reload(): Promise<WatchedState>;
  /**
   * Applies what waits, if it is the plan `planId` or `planId` is null; without choices all of it, and running runs restart.
   * What is skipped goes on waiting. Answers what was applied. Resolved when durable.
   */
  apply(planId: string | null, choices?: ApplyChoices): Promise<ApplyOutcome>;
}

/** Facts about this start of the manager that answers repeat. */
export interface ServerIdentity {
  readonly version: string;
  readonly workDir: string;
  readonly defDir: string;
  readonly host: string;
  readonly pid: number;
}

/** All that the routes need of the rest of the manager. */
export interface ServerContext {
  readonly identity: ServerIdentity;
  readonly isReadOnly: boolean;
  readonly engine: EngineApi;
  readonly index: RunIndex;
  readonly definitions: DefinitionsService;
  readonly images: Pick<ImageCache, 'views' | 'update'>;
  readonly logs: LogReader;
  readonly clock: Clock;
  readonly log: Log;
  readonly refusals: Refusals;
  readonly tokens: AccessTokens;
  readonly metrics: ManagerMetrics;
  readonly notifier: Pick<Notifier, 'test'>;
  /** Null without a hub. */
  readonly hubAgent: () => AgentView | null;
  readonly cleaner: Pick<RunCleaner, 'clean'>;
  readonly estimator: Pick<Estimator, 'estimate'>;
  readonly siteAccounts: Pick<SiteAccounts, 'read'>;
  isStopping(): boolean;
  /** Begins the stop of the manager and answers when all runs and nodes that it concerns have stopped. */
  requestStop(mode: StopMode): Promise<void>;
}
