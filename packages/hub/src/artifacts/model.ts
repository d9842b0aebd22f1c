import { createHash } from 'node:crypto';

export const artifactStatuses = ['created', 'committed'] as const;
export type ArtifactStatus = (typeof artifactStatuses)[number];

/** Where the bytes lie. What is not `hub` is a reference: it stays where it is, and the hub never reads it. */
export type Residence =
  | { readonly kind: 'hub' }
  /** An absolute path on a cluster; null when every cluster has it. */
  | { readonly kind: 'path'; readonly cluster: string | null; readonly path: string }
  | { readonly kind: 'url'; readonly url: string };

export interface Artifact {
  /** UUID of version 7: in the order of creation. */
  readonly id: string;
  readonly owner: string;
  /** The job that made it. */
  readonly job: string | null;
  readonly name: string | null;
  /** Free word, such as `log`. */
  readonly type: string | null;
  readonly residence: Residence;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: ArtifactStatus;
  /** Once it is committed. */
  readonly treeSha256: string | null;
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly committedAtMs: number | null;
}

export interface ArtifactFile {
  readonly path: string;
  /** Null for a file of a reference whose hash nobody has told. */
  readonly sha256: string | null;
  readonly sizeBytes: number;
  readonly contentType: string;
}

/** A large file on its way, in as many requests as it takes. */
export interface Upload {
  readonly id: string;
  readonly owner: string;
  readonly job: string | null;
  readonly sizeBytes: number | null;
  readonly createdAtMs: number;
}

/** Whose rights a request has. */
export interface Reach {
  readonly owner: string;
  /** Managers. */
  readonly seesAll: boolean;
  /** Agents act for one job: they read what it takes and change what it makes. */
  readonly job: { readonly id: string; readonly inputs: readonly string[] } | null;
  /** Artifacts of others that it reads, too. */
  readonly alsoReads?: readonly string[];
}

/**
 * The hash of all files together: of one file its SHA-256, of several the SHA-256 over `path:sha256` of each, in the order of
 * the code points of the paths and with nothing in between.
 */
export function treeSha256(files: readonly { readonly path: string; readonly sha256: string }[]): string {
  const [first] = files;
  if (first !== undefined && files.length === 1) return first.sha256;
  const hash = createHash('sha256');
  for (const { path, sha256 } of [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))))
    hash.update(`${path}:${sha256}`);
  return hash.digest('hex');
}

export function mayRead(artifact: Artifact, { owner, seesAll, job, alsoReads = [] }: Reach): boolean {
  if (seesAll || alsoReads.includes(artifact.id)) return true;
  if (artifact.owner !== owner) return false;
  return job === null || artifact.job === job.id || job.inputs.includes(artifact.id);
}

export function mayChange(artifact: Pick<Artifact, 'owner' | 'job'>, { owner, seesAll, job }: Reach): boolean {
  return seesAll || (artifact.owner === owner && (job === null || artifact.job === job.id));
}
