import { fileProblem, JuqueueError } from '@juqueue/core';
import type { Clock, Command, EngineApi, HubDefinition, Log, NotifyDefinition, Problem } from '@juqueue/core';
import { applyEverything } from '../app/server-context.ts';
import type { ApplyChoices, ApplyOutcome, DefinitionsService, DefinitionsState, RunningRuns } from '../app/server-context.ts';
import { DefinitionsLoader } from './definitions-loader.ts';
import type { LoadedDefinitions } from './definitions-loader.ts';
import type { LoadTrigger } from './definitions-worker.ts';
import { isOfHubOnly, planDefinitions } from './definitions-plan.ts';
import type { ClustersPlan, DefinitionPlan, ExperimentPlan } from './definitions-plan.ts';
import { DefinitionsWatcher } from './definitions-watcher.ts';
import { describePlan } from './describe-plan.ts';
import type { WatchTimes } from './watch-def-dir.ts';

export interface WatchedState extends DefinitionsState {
  readonly plan: DefinitionPlan | null;
  /** What was applied last, by itself or on request. */
  readonly applied: { readonly plan: DefinitionPlan; readonly atMs: number } | null;
  /** Every file that was read, relative to the definitions folder. */
  readonly files: readonly string[];
  /** Who is told of what, by the last good `notify.yaml`. */
  readonly notify: NotifyDefinition | null;
  /** The hub that is served, by the last good `clusters.yaml`. */
  readonly hub: HubDefinition | null;
}

export interface DefinitionsOptions {
  readonly defDir: string;
  readonly workDir: string;
  /** Interpreter of Python definitions. */
  readonly python: string;
  /** Asked for when the first definitions have been read; until then there need be none. */
  readonly engine: () => Pick<EngineApi, 'experiments' | 'run' | 'snapshot' | 'command'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  readonly watchTimes?: WatchTimes;
}

/**
 * The definitions of a running manager: watched, loaded, compared, applied. What stops no running run is applied at once,
 * experiment by experiment; the rest waits as `state.plan` for `apply`. What somebody else could have saved waits for a reload. The engine keeps what was applied, so a file that
 * broke simply changes nothing, also after a restart.
 *
 * Loads and applies follow each other: each sees what the one before has done.
 */
export class WatchedDefinitions implements DefinitionsService, AsyncDisposable {
  readonly #options: DefinitionsOptions;
  readonly #loader: DefinitionsLoader;
  readonly #listeners = new Set<(state: WatchedState) => void>();
  #watcher: DefinitionsWatcher | null = null;
  #loaded: LoadedDefinitions | null = null;
  #state: WatchedState = { loadedAtMs: null, problems: [], plan: null, applied: null, files: [], notify: null, hub: null };
  /** The first reading, until it is applied. */
  #first: Promise<LoadedDefinitions> | null = null;
  readonly #started = Promise.withResolvers<void>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: DefinitionsOptions) {
    this.#options = options;
    this.#loader = new DefinitionsLoader({ defDir: options.defDir, workDir: options.workDir, python: options.python });
  }

  get state(): WatchedState {
    return this.#state;
  }

  /** Told after each load and each apply. Answers the way to stop listening. */
  onChange(listener: (state: WatchedState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to read for `start`, while the engine is still made. Watches first, so that no change is missed. */
  prepare(): void {
    if (this.#watcher !== null) return;
    const { defDir, log, watchTimes } = this.#options;
    const reload = async (): Promise<void> => {
      await this.#started.promise;
      await this.reload('save').catch((error: unknown) => log.warn('the definitions could not be read', { error: String(error) }));
    };
    this.#watcher = new DefinitionsWatcher(defDir, { changed: () => void reload(), trouble: (message) => log.warn(message) }, watchTimes);
    this.#first = this.#watcher.watching.then(() => this.#loader.load());
    // Told to the one who starts.
    this.#first.catch(() => undefined);
  }

  /** Applies what was read first, and what is read after each change of the files. Throws JuqueueError when there is no def-dir. */
  async start(): Promise<WatchedState> {
    const { defDir } = this.#options;
    this.prepare();
    const state = await this.reload();
    this.#started.resolve();
    if (this.#loaded?.isMissing === true)
      throw new JuqueueError('JQ_DEF_DIR_MISSING', `${defDir}: ${state.problems[0]?.message ?? ''}.`, state.problems[0]?.hint ?? null);
    return state;
  }

  reload(trigger: LoadTrigger = 'request'): Promise<WatchedState> {
    return this.#inTurn(async () => {
      const loaded = await (this.#first ?? this.#loader.load(trigger));
      this.#first = null;
      const isNew = JSON.stringify(loaded.files) !== JSON.stringify(this.#loaded?.files);
      this.#loaded = loaded;
      this.#watcher?.lookAlsoAt(loaded.namedFiles);
      this.#change({
        loadedAtMs: this.#options.clock.nowMs(),
        problems: loaded.problems,
        files: loaded.files.map(({ path }) => path),
        ...(loaded.objection === null ? settingsOf(loaded) : {}),
      });
      if (isNew && loaded.problems.length > 0) this.#options.log.warn(`the definitions have ${loaded.problems.length} problems`);
      if (loaded.objection === null) await this.#apply(loaded, onlyWhatStopsNothing);
      else await this.#hold(loaded, loaded.objection);
      return this.#state;
    });
  }

  apply(planId: string | null, choices: ApplyChoices = applyEverything): Promise<ApplyOutcome> {
    return this.#inTurn(async (): Promise<ApplyOutcome> => {
      if (this.#loaded === null) return { kind: 'applied', plan: null };
      const plan = await this.#plan(this.#loaded);
      this.#change({ plan });
      if (planId !== null && planId !== plan?.id) {
        const current = plan === null ? ': nothing waits for being applied' : `, which is ${plan.id}`;
        return refused(
          'JQ_PLAN_CHANGED',
          `The plan ${planId} is not the current one${current}.`,
          'Look at the current plan, then apply it.',
        );
      }
      if (plan === null) return { kind: 'applied', plan: null };
      const stranger = Object.keys(choices.experiments).find((name) => plan.experiments.every((part) => part.name !== name));
      if (stranger !== undefined) {
        const names = plan.experiments.map(({ name }) => name).join(', ') || 'no experiment';
        return refused(
          'JQ_BAD_REQUEST',
          `The plan does not change '${stranger}', expected one of ${names}.`,
          'Look at the current plan, then choose.',
        );
      }
      return this.#apply(this.#loaded, {
        clusters: () => choices.clusters === 'apply',
        experiment: ({ name }) => choices.experiments[name] ?? choices.others,
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watcher?.[Symbol.asyncDispose]();
    await this.#loader[Symbol.asyncDispose]();
  }

  /** Keeps all that changed as the plan that waits, and says why. */
  async #hold(loaded: LoadedDefinitions, objection: string): Promise<void> {
    const plan = await this.#plan(loaded);
    const message = `what was saved is not applied by itself, as somebody else could have written it: ${objection}`;
    const held = fileProblem(
      this.#options.defDir,
      'warning',
      'not-applied',
      message,
      'juqueue reload applies it; chmod go-w lets it be applied on every save',
    );
    this.#change({ plan, problems: plan === null ? loaded.problems : [held, ...loaded.problems] });
  }

  /** Applies the parts of the present plan that are wanted, clusters first; keeps the rest as the plan that waits. */
  async #apply(loaded: LoadedDefinitions, decision: Decision): Promise<ApplyOutcome> {
    const plan = await this.#plan(loaded);
    if (plan === null) {
      this.#change({ plan: null });
      return { kind: 'applied', plan: null };
    }
    const clusters = plan.clusters !== null && decision.clusters(plan.clusters) ? plan.clusters : null;
    const experiments = plan.experiments.flatMap((part) => withChoice(part, decision.experiment(part)));
    const wanted: DefinitionPlan = { ...plan, clusters, clustersChanged: clusters === null ? [] : plan.clustersChanged, experiments };
    let problem: Problem | null = null;
    for (const { command } of [...(clusters === null ? [] : [clusters]), ...experiments]) problem ??= await this.#command(command);
    const isApplied = problem === null && (clusters !== null || experiments.length > 0);
    if (problem !== null) this.#options.log.warn(`the definitions could not be applied: ${problem.message}`);
    if (isApplied && !isOfHubOnly(wanted, this.#state.hub)) this.#options.log.info('definitions applied', { plan: describePlan(wanted) });
    const applied = isApplied ? { plan: wanted, atMs: this.#options.clock.nowMs() } : this.#state.applied;
    this.#change({ plan: isApplied ? await this.#plan(loaded) : plan, applied });
    return problem === null ? { kind: 'applied', plan: isApplied ? wanted : null } : { kind: 'refused', problem };
  }

  async #command(command: Command): Promise<Problem | null> {
    const outcome = await this.#options.engine().command(command);
    return outcome.kind === 'refused' ? outcome.problem : null;
  }

  #plan(loaded: LoadedDefinitions): Promise<DefinitionPlan | null> {
    return planDefinitions(
      this.#options.engine(),
      loaded,
      this.#options.clock.nowMs(),
      () => new Promise((resolve) => setImmediate(resolve)),
    );
  }

  #change(part: Partial<WatchedState>): void {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener(this.#state);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(task);
    this.#tail = done.catch(() => undefined);
    return done;
  }
}

/** Hub and notifications, which no plan is made for, where their files could be read. */
function settingsOf({ hub, notify }: LoadedDefinitions): Partial<Pick<WatchedState, 'hub' | 'notify'>> {
  return {
    ...(hub === 'as-before' ? {} : { hub: hub === 'none' ? null : hub }),
    ...(notify === 'as-before' ? {} : { notify: notify === 'nobody' ? null : notify }),
  };
}

/** Which parts of a plan are applied, and what happens to the running runs of each. */
interface Decision {
  readonly clusters: (part: ClustersPlan) => boolean;
  readonly experiment: (part: ExperimentPlan) => RunningRuns;
}

const onlyWhatStopsNothing: Decision = {
  clusters: ({ stopsRunning }) => stopsRunning.length === 0,
  experiment: ({ stopsRunning }) => (stopsRunning.length === 0 ? 'restart' : 'skip'),
};

function withChoice(part: ExperimentPlan, choice: RunningRuns): readonly ExperimentPlan[] {
  if (choice === 'skip') return [];
  if (choice === 'restart') return [part];
  return [
    { ...part, stopsRunning: [], nodeHoursAtRisk: 0, finishesRunning: part.stopsRunning, command: { ...part.command, running: 'finish' } },
  ];
}

function refused(code: Problem['code'], message: string, hint: string): ApplyOutcome {
  return { kind: 'refused', problem: { code, message, hint } };
}
