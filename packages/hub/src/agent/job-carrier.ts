import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hubExperiment } from '@juqueue/core';
import type { HubDefinition } from '@juqueue/core';
import type { AgentState, JobEnd, JobRecord } from './agent-state.ts';
import type { Held, HubPort } from './hub-port.ts';
import { HubRefusal, HubUnreachable, isNotAccepted, nothingMissing } from './hub-port.ts';
import { BuildFailed } from './image-builder.ts';
import type { ImageBuilder } from './image-builder.ts';
import { environmentFile, planJob, rowOf } from './job-row.ts';
import type { JobPlan } from './job-row.ts';
import { LogRelay } from './log-relay.ts';
import { findLogs, findOutputs, noteArtifact, readResult, uploadArtifact } from './outputs.ts';
import type { Retrying } from './retrying.ts';
import type { RowsFile } from './rows-file.ts';
import { completionOf, judgeRun } from './run-end.ts';
import type { RunVerdict } from './run-end.ts';
import type { RunDetails, RunsPort } from './runs-port.ts';
import { stageJob } from './stage-job.ts';
import { StagingFailed } from './staging-failed.ts';
import type { UrlInputs } from './url-inputs.ts';

/** What all jobs of an agent share. */
export interface CarrierWorld {
  readonly definition: HubDefinition;
  readonly hub: HubPort;
  readonly runs: RunsPort;
  readonly state: AgentState;
  readonly rows: RowsFile;
  readonly images: ImageBuilder;
  readonly inputs: UrlInputs;
  readonly workDir: string;
  readonly retrying: Retrying;
  /** Ends when the agent does; what is not done then is done by the next. */
  readonly stopping: AbortSignal;
  readonly now: () => number;
  readonly log: (sentence: string) => void;
}

/** Between two looks at a run that does nothing new. */
const lookIntervalMs = 10_000;
/** Between two looks at a run that writes. */
const busyIntervalMs = 2_000;
/** A definition that the manager has not taken for so long will not be taken. */
const definitionPatienceMs = 10 * 60_000;
const cancelAgainMs = 10_000;

const nothing = { artifact: null, trouble: null } as const;

/** The attempt is not this agent's any more. */
class AttemptOver extends Error {}

/** Carries one job attempt from its claim to the end of everything that is here of it. */
export class JobCarrier {
  readonly #world: CarrierWorld;
  readonly #relay: LogRelay;
  readonly #over = new AbortController();
  #wake = new AbortController();
  #record: JobRecord;
  #isCancelled = false;
  #isResting = false;
  readonly #staged = Promise.withResolvers<void>();

  constructor(world: CarrierWorld, record: JobRecord) {
    this.#world = world;
    this.#record = record;
    this.#relay = new LogRelay({ job: record.job.id, attempt: record.attempt }, record.run, world.hub, world.runs);
  }

  get held(): Held {
    return { job: this.#record.job.id, attempt: this.#record.attempt };
  }

  get run(): string {
    return this.#record.run;
  }

  /** Whether the hub counts on this agent for it. */
  get isHeld(): boolean {
    return this.#record.phase !== 'reported' && !this.#over.signal.aborted;
  }

  /** Whether there is nothing to do before something happens to its run. */
  get isResting(): boolean {
    return this.#isResting;
  }

  /** Settles when its row stands, or will not. */
  get staged(): Promise<void> {
    return this.#staged.promise;
  }

  /** The hub wants it to end. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#wake.abort();
  }

  /** The hub has given it away, or it is over there. */
  lose(): void {
    this.#over.abort();
    this.#wake.abort();
  }

  /** Resolves when nothing is left of it here, or the agent stops. */
  async carry(): Promise<void> {
    const { log, stopping } = this.#world;
    try {
      while (!this.#over.signal.aborted && !stopping.aborted) {
        if (await this.#step()) return;
      }
      if (!stopping.aborted) await this.#leave();
    } catch (error) {
      if (stopping.aborted) return;
      if (!(error instanceof AttemptOver) && !this.#over.signal.aborted)
        log(`the job ${this.#record.job.id} was given up: ${error instanceof Error ? error.message : String(error)}`);
      this.#over.abort();
      await this.#leave();
    } finally {
      this.#staged.resolve();
    }
  }

  /** One phase; true when the last one is over. */
  async #step(): Promise<boolean> {
    switch (this.#record.phase) {
      case 'claimed':
        await this.#stage();
        return false;
      case 'staged':
        await this.#follow();
        return false;
      case 'ended':
        await this.#upload();
        return false;
      case 'uploaded':
        await this.#report();
        return false;
      case 'reported':
        await this.#cleanUp();
        return true;
    }
  }

  async #save(part: Partial<JobRecord>): Promise<void> {
    const record = { ...this.#record, ...part };
    await this.#world.state.save(record);
    this.#record = record;
  }

  async #end(end: JobEnd): Promise<void> {
    await this.#save({ phase: 'ended', end });
  }

  async #stage(): Promise<void> {
    const { definition, hub, state, workDir, inputs } = this.#world;
    const { job, attempt, run } = this.#record;
    const planning = planJob(definition, job);
    if (planning.kind === 'refused') return this.#end({ kind: 'infrastructure', message: planning.because });
    try {
      const plan = await this.#withImage(planning.plan);
      const { stagedPaths, binds } = await this.#try(() => stageJob(this.#directory, job, this.held, plan, definition, hub, inputs));
      const env = environmentFile(plan.execution, job.definition.env);
      if (env !== null) await state.writeEnvironment(run, env);
      const paths = { fence: state.fenceFile, lease: state.leaseFile(run), env: state.environmentFile(run) };
      await this.#save({ phase: 'staged', stagedPaths, row: rowOf({ job, attempt, run }, plan, binds, paths) });
    } catch (error) {
      if (error instanceof StagingFailed || error instanceof BuildFailed || error instanceof HubRefusal)
        return this.#end({ kind: 'infrastructure', message: error.message });
      if (error instanceof Error && 'code' in error)
        return this.#end({
          kind: 'infrastructure',
          message: `the run directory ${join(workDir, hubExperiment(definition), run)} cannot be written: ${error.message}`,
        });
      throw error;
    }
  }

  /** The image that is to be built is there afterwards. */
  async #withImage(plan: JobPlan): Promise<JobPlan> {
    const { build, execution } = plan;
    if (build === undefined || execution.kind === 'host') return plan;
    const image = await this.#world.images.build(build, AbortSignal.any([this.#over.signal, this.#world.stopping]));
    return { ...plan, execution: { ...execution, image } };
  }

  get #directory(): string {
    return join(this.#world.workDir, hubExperiment(this.#world.definition), this.#record.run);
  }

  /** Until the run has ended. */
  async #follow(): Promise<void> {
    const { rows, runs, now, stopping } = this.#world;
    const { run, row } = this.#record;
    if (row !== null) await this.#try(() => rows.put(run, row));
    this.#staged.resolve();
    const sinceMs = now();
    let cancelledAtMs = 0;
    let told = '';
    let isWithdrawn = false;
    while (!this.#over.signal.aborted && !stopping.aborted) {
      const details = await this.#try(() => runs.details(run));
      let isBusy = false;
      if (details === null) {
        const trouble = await this.#try(() => runs.definitionTrouble());
        // Its row goes first: a definition that is just being applied would start it after its end was told.
        if (this.#isCancelled) {
          if (isWithdrawn) return this.#end(this.#neverStarted());
          isWithdrawn = true;
          await rows.remove(run);
        }
        if (trouble !== null || now() - sinceMs > definitionPatienceMs)
          return this.#end({
            kind: 'infrastructure',
            message: `the manager does not take the job: ${trouble ?? 'its definition is not applied'}`,
          });
      } else {
        isBusy = await this.#tell(details, told);
        told = JSON.stringify(details.progress);
        const verdict = judgeRun(details, {
          isCancelled: this.#isCancelled,
          leaseUntilMs: await this.#world.state.lease(run),
          nowMs: now(),
        });
        if (verdict.kind === 'infrastructure') return this.#end(verdict);
        if (verdict.kind === 'ended') return this.#end(await this.#completion(verdict, details));
        if (verdict.kind === 'to-be-resumed') await this.#try(() => runs.resume(run));
        if (this.#isCancelled && now() - cancelledAtMs > cancelAgainMs) {
          cancelledAtMs = now();
          await this.#try(() => runs.cancel(run, 'the hub wants it'));
        }
      }
      this.#isResting = !isBusy;
      await this.#rest(details === null || isBusy || this.#isCancelled ? busyIntervalMs : lookIntervalMs);
      this.#isResting = false;
    }
  }

  /** What happens to the run goes to the hub; answers whether there was anything. */
  async #tell({ run, node, cluster, progress }: RunDetails, told: string): Promise<boolean> {
    const { hub, state } = this.#world;
    if (run.startedAtMs === null) return false;
    const { startedAtMs } = run;
    if (this.#record.startedAtMs === null) {
      await this.#try(() =>
        hub.started(this.held, { run: `${hubExperiment(this.#world.definition)}@${this.#record.run}`, node, cluster, startedAtMs }),
      );
      await this.#save({ startedAtMs });
    }
    if (progress !== null && JSON.stringify(progress) !== told)
      await this.#try(() =>
        hub.progress(this.held, {
          phase: null,
          message: progress.text === '' ? null : progress.text.slice(0, 500),
          fraction: progress.fraction,
        }),
      );
    const start = await state.logStart(this.#record.run);
    return start !== null && (await this.#try(() => this.#relay.relay(start)));
  }

  #neverStarted(): JobEnd {
    const place = { cluster: null, node: null, run: null };
    return {
      kind: 'complete',
      report: {
        outcome: 'cancelled',
        reason: 'user-cancelled',
        exitCode: null,
        signal: null,
        output: null,
        stdoutTail: '',
        stderrTail: '',
        outputArtifact: null,
        logArtifact: null,
        startedAtMs: null,
        endedAtMs: this.#world.now(),
        place,
      },
      missing: nothingMissing,
    };
  }

  async #completion(verdict: Extract<RunVerdict, { readonly kind: 'ended' }>, { node, cluster }: RunDetails): Promise<JobEnd> {
    const start = (await this.#world.state.logStart(this.#record.run)) ?? Number.MAX_SAFE_INTEGER;
    const { output, trouble } = await readResult(this.#directory);
    const tail = async (stream: 'stdout' | 'stderr'): Promise<string> =>
      start === Number.MAX_SAFE_INTEGER ? '' : this.#try(() => this.#relay.tail(stream, start));
    const stderrTail = `${await tail('stderr')}${trouble === null ? '' : `\njuqueue: ${trouble}\n`}`;
    return completionOf(
      verdict,
      { output, stdoutTail: await tail('stdout'), stderrTail },
      { cluster, node, run: `${hubExperiment(this.#world.definition)}@${this.#record.run}` },
    );
  }

  /** Outputs and logs become artifacts; the report names them. What the hub refuses stays here, and the report says so. */
  async #upload(): Promise<void> {
    const { end } = this.#record;
    if (end?.kind === 'complete' && end.report.startedAtMs !== null) {
      const outputs = end.report.outcome === 'cancelled' ? nothing : await this.#sent('outputs', () => this.#uploadOutputs());
      const logs = await this.#sent('logs', () => this.#uploadLogs());
      const missing = { outputs: outputs.trouble, logs: logs.trouble };
      const stderrTail = [
        end.report.stderrTail,
        ...Object.values(missing).map((trouble) => (trouble === null ? '' : `\njuqueue: ${trouble}\n`)),
      ].join('');
      await this.#save({
        end: { ...end, missing, report: { ...end.report, stderrTail, outputArtifact: outputs.artifact, logArtifact: logs.artifact } },
        staysHere: this.#record.staysHere || outputs.trouble !== null,
      });
    }
    await this.#save({ phase: 'uploaded' });
  }

  async #sent(
    what: string,
    send: () => Promise<string | null>,
  ): Promise<{ readonly artifact: string | null; readonly trouble: string | null }> {
    try {
      return { artifact: await send(), trouble: null };
    } catch (error) {
      if (!(error instanceof HubRefusal)) throw error;
      this.#world.log(`the ${what} of job ${this.#record.job.id} stay in ${this.#directory}: ${error.message}`);
      return { artifact: null, trouble: `the ${what} could not be uploaded and stay in ${this.#directory}: ${error.message}` };
    }
  }

  async #uploadOutputs(): Promise<string | null> {
    const { hub, definition } = this.#world;
    const { job, stagedPaths, end } = this.#record;
    const { files } = await findOutputs(this.#directory, stagedPaths);
    if (files.length === 0) return null;
    const profile = definition.profiles.find(({ name }) => name === job.definition.profile);
    const staysHere =
      (profile?.outputs ?? job.order.outputResidence) === 'cluster' ||
      files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > definition.maxOutputBytes;
    const cluster = end?.kind === 'complete' ? end.report.place.cluster : null;
    const residence = staysHere ? ({ kind: 'path', cluster, path: this.#directory } as const) : ({ kind: 'hub' } as const);
    const id =
      this.#record.outputArtifact ??
      (await this.#try(() =>
        hub.createArtifact(this.held, {
          name: `outputs of ${job.order.name ?? job.id}`,
          type: 'output',
          residence,
          metadata: this.#provenance(),
        }),
      ));
    await this.#save({ outputArtifact: id, staysHere });
    await this.#try(() =>
      staysHere ? noteArtifact(this.held, id, files, hub) : uploadArtifact(this.held, id, this.#directory, files, hub),
    );
    return id;
  }

  async #uploadLogs(): Promise<string | null> {
    const { hub } = this.#world;
    const { job } = this.#record;
    const files = await findLogs(this.#directory);
    if (files.length === 0) return null;
    const id =
      this.#record.logArtifact ??
      (await this.#try(() =>
        hub.createArtifact(this.held, {
          name: `logs of ${job.order.name ?? job.id}`,
          type: 'log',
          residence: { kind: 'hub' },
          metadata: this.#provenance(),
        }),
      ));
    await this.#save({ logArtifact: id });
    await this.#try(() => uploadArtifact(this.held, id, this.#directory, files, hub));
    return id;
  }

  #provenance(): Readonly<Record<string, unknown>> {
    const { job, attempt } = this.#record;
    return {
      job: job.id,
      attempt,
      profile: job.definition.profile,
      image: job.definition.image,
      contentHash: job.contentHash,
      agent: this.#world.definition.agent,
    };
  }

  async #report(): Promise<void> {
    const { hub } = this.#world;
    const { end } = this.#record;
    if (end?.kind === 'complete') await this.#try(() => hub.complete(this.held, end.report, end.missing));
    if (end?.kind === 'infrastructure')
      await this.#try(() => hub.reportInfrastructureError(this.held, { message: end.message.slice(0, 2_000) }));
    await this.#save({ phase: 'reported' });
  }

  /** What stays on the cluster is the owner's; all else of a reported job is at the hub. */
  async #cleanUp(): Promise<void> {
    const { rows, state } = this.#world;
    const { run, staysHere } = this.#record;
    await rows.remove(run);
    if (!staysHere) await rm(this.#directory, { recursive: true, force: true });
    await state.remove(run);
  }

  /** Ends the run of an attempt that is somebody else's now, then forgets it. */
  async #leave(): Promise<void> {
    const { rows, runs, state, stopping, retrying } = this.#world;
    const { run } = this.#record;
    this.#staged.resolve();
    while (!stopping.aborted) {
      const details = await retrying.untilAnswered(() => runs.details(run), stopping);
      if (details === null || (details.run.status !== 'ready' && details.run.status !== 'running')) break;
      await retrying.untilAnswered(() => runs.cancel(run, 'the hub gave the job away'), stopping);
      await runs.waitForNews(run, busyIntervalMs, stopping);
    }
    if (stopping.aborted) return;
    await rows.remove(run);
    await rm(this.#directory, { recursive: true, force: true });
    await state.remove(run);
  }

  async #rest(waitMs: number): Promise<void> {
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#wake.signal, this.#over.signal, this.#world.stopping]);
    await this.#world.runs.waitForNews(this.#record.run, waitMs, signal);
  }

  /** Until it is answered to this agent; a "no" that says that the attempt is over ends the carrying. */
  async #try<T>(task: () => Promise<T>): Promise<T> {
    try {
      const patient = () =>
        task().catch((error: unknown) => Promise.reject(isNotAccepted(error) ? new HubUnreachable(error.message, error) : error));
      return await this.#world.retrying.untilAnswered(patient, AbortSignal.any([this.#over.signal, this.#world.stopping]));
    } catch (error) {
      if (error instanceof HubRefusal && (error.code === 'JQ_ATTEMPT_OVER' || error.code === 'JQ_JOB_NOT_FOUND'))
        throw new AttemptOver(error.message);
      throw error;
    }
  }
}
