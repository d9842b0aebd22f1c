import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompletionReport } from '../agent-protocol/messages.ts';
import type { Job } from '../model/job.ts';
import { fenceScript } from './fence-script.ts';
import type { MissingParts } from './hub-port.ts';

/**
 * How far a job attempt is here. Each step is written down before the next begins, and each may be repeated:
 * claimed (ours, nothing done) → staged (its files lie in the run directory, its row stands) → ended (its run has ended, the
 * report is fixed) → uploaded (its artifacts are committed) → reported (the hub has stored the result; what is left here goes).
 */
export type JobPhase = 'claimed' | 'staged' | 'ended' | 'uploaded' | 'reported';

/** What the agent tells the hub at the end. */
export type JobEnd =
  | { readonly kind: 'complete'; readonly report: CompletionReport; readonly missing: MissingParts }
  | { readonly kind: 'infrastructure'; readonly message: string };

export interface JobRecord {
  readonly job: Job;
  readonly attempt: number;
  /** Name of the run in the agent's experiment. */
  readonly run: string;
  readonly phase: JobPhase;
  /** Relative paths that were put into the run directory: no outputs. */
  readonly stagedPaths: readonly string[];
  readonly end: JobEnd | null;
  readonly outputArtifact: string | null;
  readonly logArtifact: string | null;
  /** Whether its outputs stay in the run directory. */
  readonly staysHere: boolean;
  readonly row: Readonly<Record<string, unknown>> | null;
  readonly startedAtMs: number | null;
}

/**
 * The folder of an agent below the work-dir's private one: a record of each job attempt it holds, and the lease files that nodes
 * read. Whole files appear by renaming, so a crash leaves the old or the new one.
 */
export class AgentState {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(folder: string): Promise<AgentState> {
    for (const name of ['', 'jobs', 'leases']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
    const state = new AgentState(folder);
    await state.#write(state.fenceFile, fenceScript);
    return state;
  }

  get fenceFile(): string {
    return join(this.folder, 'fence.sh');
  }

  get lockFile(): string {
    return join(this.folder, 'lock');
  }

  leaseFile(run: string): string {
    return join(this.folder, 'leases', run);
  }

  /** Every record; files that are none are left alone. */
  async records(): Promise<readonly JobRecord[]> {
    const names = (await readdir(join(this.folder, 'jobs'))).filter((name) => name.endsWith('.json')).sort();
    return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(this.folder, 'jobs', name), 'utf8')) as JobRecord));
  }

  async save(record: JobRecord): Promise<void> {
    await this.#write(join(this.folder, 'jobs', `${record.run}.json`), JSON.stringify(record));
  }

  /** The lease file says so from now on. In whole seconds, never later than the instant. */
  async writeLease(run: string, untilMs: number): Promise<void> {
    await this.#write(this.leaseFile(run), `${Math.floor(untilMs / 1_000)}\n`);
  }

  /** The instant in the lease file; 0 when there is none. */
  async lease(run: string): Promise<number> {
    const text = await readFile(this.leaseFile(run), 'utf8').catch(() => '');
    return Number(text) * 1_000 || 0;
  }

  environmentFile(run: string): string {
    return `${this.leaseFile(run)}.env`;
  }

  /** Variables that a job's container reads from a file, which others must not. */
  async writeEnvironment(run: string, text: string): Promise<void> {
    await this.#write(this.environmentFile(run), text);
  }

  /** Where in the stdout of a run what its job wrote begins; null before the job's command has started. */
  async logStart(run: string): Promise<number | null> {
    const text = await readFile(`${this.leaseFile(run)}.log`, 'utf8').catch(() => '');
    return /^\s*\d+\s*$/.test(text) ? Number(text) : null;
  }

  async remove(run: string): Promise<void> {
    for (const suffix of ['', '.log', '.env']) await rm(`${this.leaseFile(run)}${suffix}`, { force: true });
    await rm(join(this.folder, 'jobs', `${run}.json`), { force: true });
  }

  async #write(file: string, text: string): Promise<void> {
    const partial = `${file}.part`;
    const handle = await open(partial, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  }
}
