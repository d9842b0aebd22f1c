import type { Room } from '../agent-protocol/messages.ts';

/** A run of a job as its manager knows it. */
export interface JobRun {
  /** Name within the agent's experiment. */
  readonly name: string;
  readonly status: 'inactive' | 'ready' | 'running' | 'finished' | 'failed';
  readonly reason: string;
  readonly detail: string | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** How the last attempt of a run ended. */
export interface RunEnd {
  readonly kind: 'exit' | 'signal' | 'out-of-memory' | 'never-started' | 'lost';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly detail: string;
}

export interface RunDetails {
  readonly run: JobRun;
  readonly end: RunEnd | null;
  readonly node: string | null;
  readonly cluster: string | null;
  readonly progress: { readonly fraction: number; readonly text: string } | null;
}

/** The manager does not answer: to be asked again. */
export class ManagerUnreachable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ManagerUnreachable';
  }
}

/** What an agent asks of what executes its jobs. Every call may be repeated. Rejects with ManagerUnreachable. */
export interface RunsPort {
  /** Null when the manager knows no such run. */
  details(run: string): Promise<RunDetails | null>;
  /** Asks for the end of a run, whatever it does. */
  cancel(run: string, reason: string): Promise<void>;
  /** Lets a run go on that is inactive without anybody's wish. */
  resume(run: string): Promise<void>;
  /** Bytes of a log as the run wrote it; empty at its present end. */
  readLog(run: string, stream: 'stdout' | 'stderr', from: number): Promise<Uint8Array>;
  /** What is free on the clusters that jobs may use. */
  room(isDraining: boolean): Promise<Room>;
  /** What is wrong with the definition of the jobs, as a sentence; null when nothing is. */
  definitionTrouble(): Promise<string | null>;
  /** Ends when something has happened to this run, or after `waitMs`. */
  waitForNews(run: string, waitMs: number, signal: AbortSignal): Promise<void>;
}
