import { WorkerCalls, workerFile } from '@juqueue/core';
import type { ArtifactRecordFunctions } from './artifact-record-worker.ts';
import type { ArtifactQuery, ArtifactRecord, FilePage, FileQuery } from './artifact-record.ts';
import type { Artifact, ArtifactFile, Upload } from './model.ts';

/** The record in an SQLite file, which a thread of its own writes. */
export class SqliteArtifactRecord implements ArtifactRecord, AsyncDisposable {
  readonly #calls: WorkerCalls<ArtifactRecordFunctions>;

  private constructor(file: string) {
    this.#calls = new WorkerCalls<ArtifactRecordFunctions>(workerFile('artifact-record-worker', import.meta.url), { file });
  }

  /** Rejects when the file cannot be opened or made: at the start, and not with the first artifact. */
  static async open(file: string): Promise<SqliteArtifactRecord> {
    const record = new SqliteArtifactRecord(file);
    await record.#calls.call('ready', null);
    return record;
  }

  create(artifact: Artifact): Promise<void> {
    return this.#calls.call('create', artifact);
  }

  artifact(id: string): Promise<Artifact | null> {
    return this.#calls.call('artifact', id);
  }

  list(query: ArtifactQuery): Promise<readonly Artifact[]> {
    return this.#calls.call('list', query);
  }

  putFile(artifact: string, file: ArtifactFile): Promise<void> {
    return this.#calls.call('putFile', { artifact, file });
  }

  removeFile(artifact: string, path: string): Promise<boolean> {
    return this.#calls.call('removeFile', { artifact, path });
  }

  file(artifact: string, path: string): Promise<ArtifactFile | null> {
    return this.#calls.call('file', { artifact, path });
  }

  files(query: FileQuery): Promise<FilePage> {
    return this.#calls.call('files', query);
  }

  commit(
    artifact: string,
    expected: { readonly sha256: string | null; readonly sizeBytes: number | null },
    atMs: number,
  ): Promise<Artifact> {
    return this.#calls.call('commit', { artifact, expected, atMs });
  }

  copyFiles(source: string, target: string): Promise<void> {
    return this.#calls.call('copyFiles', { source, target });
  }

  give(artifact: string, to: { readonly owner: string; readonly job: string | null }): Promise<void> {
    return this.#calls.call('give', { artifact, to });
  }

  remove(artifact: string): Promise<void> {
    return this.#calls.call('remove', artifact);
  }

  putUpload(upload: Upload): Promise<void> {
    return this.#calls.call('putUpload', upload);
  }

  upload(id: string): Promise<Upload | null> {
    return this.#calls.call('upload', id);
  }

  removeUpload(id: string): Promise<void> {
    return this.#calls.call('removeUpload', id);
  }

  uploadsBefore(createdAtMs: number): Promise<readonly Upload[]> {
    return this.#calls.call('uploadsBefore', createdAtMs);
  }

  referenced(sha256s: readonly string[]): Promise<readonly string[]> {
    return this.#calls.call('referenced', sha256s);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.call('close', null);
    await this.#calls[Symbol.asyncDispose]();
  }
}
