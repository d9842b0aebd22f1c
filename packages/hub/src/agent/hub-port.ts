import type {
  AgentMessage,
  ClaimAnswer,
  CompletionReport,
  HeldJob,
  InfrastructureReport,
  ProgressReport,
  PullRequest,
  Registration,
  RenewAnswer,
  RenewRequest,
  StartedReport,
} from '../agent-protocol/messages.ts';

/** A file of an artifact as the hub lists it. */
export interface ArtifactFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A file of an artifact that is taken: of one that stays elsewhere its hash may not have been told. */
export type TakenFile = Omit<ArtifactFile, 'sha256'> & { readonly sha256: string | null };

/** Where the bytes of an artifact lie: at the hub, or in place at a path of a cluster (null: of every one) or a URL. */
export type ArtifactPlace =
  | { readonly kind: 'hub' }
  | { readonly kind: 'path'; readonly cluster: string | null; readonly path: string }
  | { readonly kind: 'url'; readonly url: string };

/** What a job takes or made. */
export interface AgentArtifact {
  readonly id: string;
  readonly residence: ArtifactPlace;
  readonly isCommitted: boolean;
  readonly files: readonly TakenFile[];
}

export interface NewArtifact {
  readonly name: string;
  readonly type: 'output' | 'log';
  readonly residence: ArtifactPlace;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Why the hub has no outputs or logs of a job that has some, as sentences; null: it has what there is. */
export interface MissingParts {
  readonly outputs: string | null;
  readonly logs: string | null;
}

export const nothingMissing: MissingParts = { outputs: null, logs: null };

/** The hub said no, in its words. */
export class HubRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'HubRefusal';
    this.status = status;
    this.code = code;
  }
}

/** Whether the hub does not accept who asks: a secret was changed, or a clock is wrong. Its owner will put that right. */
export function isNotAccepted(error: unknown): error is HubRefusal {
  return error instanceof HubRefusal && error.status === 401;
}

/** Nobody answers, or not in time: to be asked again. */
export class HubUnreachable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'HubUnreachable';
  }
}

/** A job attempt that this agent holds, as an address. */
export type Held = HeldJob;

/** What an agent asks of a hub. Every call may be repeated. Rejects with HubRefusal or HubUnreachable. */
export interface HubPort {
  register(registration: Registration): Promise<void>;
  /** Waits for messages for up to `waitMs`. */
  pull(request: PullRequest, signal: AbortSignal): Promise<readonly AgentMessage[]>;
  acknowledge(ids: readonly string[]): Promise<void>;
  claim(held: Held): Promise<ClaimAnswer>;
  decline(held: Held, reason: string): Promise<void>;
  renew(request: RenewRequest): Promise<RenewAnswer>;
  started(held: Held, report: StartedReport): Promise<void>;
  progress(held: Held, report: ProgressReport): Promise<void>;
  /** Bytes of a log from `offset` on; answers how many the hub has now. */
  appendLog(held: Held, stream: 'stdout' | 'stderr', offset: number, bytes: Uint8Array): Promise<number>;
  /** `missing` says what the hub refused to take of what the job made; the report's stderr says so too. */
  complete(held: Held, report: CompletionReport, missing: MissingParts): Promise<void>;
  reportInfrastructureError(held: Held, report: InfrastructureReport): Promise<void>;
  artifact(held: Held, id: string): Promise<AgentArtifact>;
  download(held: Held, artifact: string, path: string): Promise<AsyncIterable<Uint8Array>>;
  /** A new artifact of the job; answers its id. */
  createArtifact(held: Held, artifact: NewArtifact): Promise<string>;
  /** Tells the files of an artifact that stays in place. */
  noteFiles(held: Held, artifact: string, files: readonly ArtifactFile[]): Promise<void>;
  /** A file of at most `largestWholeUploadBytes`. */
  uploadFile(held: Held, artifact: string, path: string, sha256: string, bytes: Uint8Array): Promise<void>;
  /** A file of any size, in parts that are asked for by offset; goes on where an interrupted upload ended. */
  uploadLargeFile(
    held: Held,
    artifact: string,
    file: ArtifactFile,
    read: (offset: number, sizeBytes: number) => Promise<Uint8Array>,
  ): Promise<void>;
  commitArtifact(held: Held, artifact: string, treeSha256: string, sizeBytes: number): Promise<void>;
}

/** What is larger travels in parts. */
export const largestWholeUploadBytes = 8 * 1024 * 1024;
