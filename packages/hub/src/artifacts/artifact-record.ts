import type { Artifact, ArtifactFile, Upload } from './model.ts';

export interface ArtifactQuery {
  /** Null: of everybody. */
  readonly owner: string | null;
  readonly job: string | null;
  readonly name: string | null;
  readonly type: string | null;
  /** Artifacts older than this id; null: from the newest. */
  readonly beforeId: string | null;
  readonly limit: number;
}

export interface FileQuery {
  readonly artifact: string;
  readonly prefix: string;
  /** Files after this path, in the order of bytes. */
  readonly after: string;
  readonly offset: number;
  readonly limit: number;
}

export interface FilePage {
  readonly files: readonly ArtifactFile[];
  readonly totalCount: number;
}

/** Where it is kept which artifacts there are and of which files. A promise that is fulfilled is on disk. */
export interface ArtifactRecord {
  create(artifact: Artifact): Promise<void>;
  artifact(id: string): Promise<Artifact | null>;
  /** Newest first. */
  list(query: ArtifactQuery): Promise<readonly Artifact[]>;
  /** Throws `JQ_ARTIFACT_STATUS` once committed, `JQ_EXISTS` when a file would be a folder too. Replaces the file of that path. */
  putFile(artifact: string, file: ArtifactFile): Promise<void>;
  removeFile(artifact: string, path: string): Promise<boolean>;
  file(artifact: string, path: string): Promise<ArtifactFile | null>;
  files(query: FileQuery): Promise<FilePage>;
  /** Throws `JQ_HASH_MISMATCH` when `expectedSha256` is another. The same again changes nothing. */
  commit(
    artifact: string,
    expected: { readonly sha256: string | null; readonly sizeBytes: number | null },
    atMs: number,
  ): Promise<Artifact>;
  /** Throws `JQ_ARTIFACT_STATUS` when the target is committed. */
  copyFiles(source: string, target: string): Promise<void>;
  give(artifact: string, to: { readonly owner: string; readonly job: string | null }): Promise<void>;
  remove(artifact: string): Promise<void>;
  putUpload(upload: Upload): Promise<void>;
  upload(id: string): Promise<Upload | null>;
  removeUpload(id: string): Promise<void>;
  uploadsBefore(createdAtMs: number): Promise<readonly Upload[]>;
  /** Those of the hashes that a file has. */
  referenced(sha256s: readonly string[]): Promise<readonly string[]>;
}
