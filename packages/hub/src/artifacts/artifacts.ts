import { randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { JuqueueError } from '@juqueue/core';
import type { Clock, Timer } from '@juqueue/core';
import type { ArtifactQuery, ArtifactRecord, FilePage } from './artifact-record.ts';
import { BlobStore } from './blob-store.ts';
import { checkedFilePath } from './file-path.ts';
import { mayChange, mayRead } from './model.ts';
import type { Artifact, ArtifactFile, Reach, Residence, Upload } from './model.ts';
import { checkedResidence } from './residence.ts';
import { SqliteArtifactRecord } from './sqlite-artifact-record.ts';
import { UploadStore } from './upload-store.ts';

export interface ArtifactOptions {
  readonly maxFileBytes: number;
  /** Names a job that still needs the artifact; it is not deleted then. */
  readonly neededBy: (artifact: string) => Promise<string | null>;
}

export interface NewArtifact {
  readonly name: string | null;
  readonly type: string | null;
  readonly residence: Residence;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface OpenFile {
  readonly artifact: Artifact;
  readonly file: ArtifactFile;
}

/** What lies unfinished for this long is given up. */
const uploadPatienceMs = 7 * 86_400_000;
const sweepEveryMs = 3_600_000;

/** Artifacts with their bytes. Each question names whose rights it has; what those do not reach is said not to exist. */
export class Artifacts {
  readonly maxFileBytes: number;
  readonly #record: ArtifactRecord;
  readonly #blobs: BlobStore;
  readonly #uploads: UploadStore;
  readonly #clock: Clock;
  readonly #neededBy: ArtifactOptions['neededBy'];

  constructor(record: ArtifactRecord, blobs: BlobStore, uploads: UploadStore, clock: Clock, { maxFileBytes, neededBy }: ArtifactOptions) {
    this.#record = record;
    this.#blobs = blobs;
    this.#uploads = uploads;
    this.#clock = clock;
    this.maxFileBytes = maxFileBytes;
    this.#neededBy = neededBy;
  }

  async create({ name, type, residence, metadata }: NewArtifact, reach: Reach): Promise<Artifact> {
    const artifact: Artifact = {
      id: randomUUIDv7(),
      owner: reach.owner,
      job: reach.job?.id ?? null,
      name,
      type,
      residence: checkedResidence(residence),
      metadata,
      status: 'created',
      treeSha256: null,
      fileCount: 0,
      sizeBytes: 0,
      createdAtMs: this.#clock.nowMs(),
      committedAtMs: null,
    };
    await this.#record.create(artifact);
    return artifact;
  }

  /** Throws `JQ_ARTIFACT_NOT_FOUND`. */
  async get(id: string, reach: Reach): Promise<Artifact> {
    const artifact = await this.#record.artifact(id);
    if (artifact === null || !mayRead(artifact, reach))
      throw new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `There is no artifact ${id.slice(0, 100)}.`);
    return artifact;
  }

  /** As `get`, and throws `JQ_ARTIFACT_STATUS` unless it is committed: what a job takes must not change any more. */
  async committed(id: string, reach: Reach): Promise<Artifact> {
    const artifact = await this.get(id, reach);
    if (artifact.status !== 'committed')
      throw new JuqueueError('JQ_ARTIFACT_STATUS', `Artifact ${id} is ${artifact.status}, expected committed.`, 'Commit it first.');
    return artifact;
  }

  list(query: Omit<ArtifactQuery, 'owner'>, reach: Reach): Promise<readonly Artifact[]> {
    return this.#record.list({ ...query, owner: reach.seesAll ? null : reach.owner, job: reach.job?.id ?? query.job });
  }

  async files(
    id: string,
    page: { readonly prefix: string; readonly after: string; readonly offset: number; readonly limit: number },
    reach: Reach,
  ): Promise<FilePage> {
    await this.get(id, reach);
    return this.#record.files({ artifact: id, ...page });
  }

  /** Stores a file as it comes. Throws `JQ_TOO_LARGE`, `JQ_HASH_MISMATCH`, `JQ_BAD_PATH`, `JQ_ARTIFACT_STATUS`, `JQ_EXISTS`. */
  async putFile(
    id: string,
    path: string,
    bytes: Readable,
    about: { readonly contentType: string; readonly expectedSha256: string | null },
    reach: Reach,
  ): Promise<ArtifactFile> {
    await this.#fillable(id, path, reach);
    return this.#blobs.receive(bytes, { expectedSha256: about.expectedSha256, maxBytes: this.maxFileBytes }, async (blob) => {
      const file: ArtifactFile = { path, ...blob, contentType: about.contentType };
      await this.#record.putFile(id, file);
      return file;
    });
  }

  /** Makes an upload a file of the artifact; the upload is over then. */
  async putUpload(
    id: string,
    path: string,
    uploadId: string,
    about: { readonly contentType: string; readonly expectedSha256: string | null },
    reach: Reach,
  ): Promise<ArtifactFile> {
    await this.#fillable(id, path, reach);
    const upload = await this.upload(uploadId, reach);
    if (upload.sizeBytes !== null && upload.sizeBytes !== upload.offsetBytes) {
      throw new JuqueueError(
        'JQ_UPLOAD_OFFSET',
        `Upload ${uploadId} stands at ${upload.offsetBytes} of ${upload.sizeBytes} bytes.`,
        'Send the rest first.',
      );
    }
    const file = await this.#blobs.adopt(this.#uploads.path(uploadId), about.expectedSha256, async (blob) => {
      const stored: ArtifactFile = { path, ...blob, contentType: about.contentType };
      await this.#record.putFile(id, stored);
      return stored;
    });
    await this.#record.removeUpload(uploadId);
    return file;
  }

  /** Notes a file of a reference, whose bytes lie elsewhere. */
  async noteFile(id: string, file: ArtifactFile, reach: Reach): Promise<ArtifactFile> {
    const artifact = await this.#changeable(id, reach);
    if (artifact.residence.kind === 'hub')
      throw new JuqueueError('JQ_ARTIFACT_STATUS', `Artifact ${id} lies in the hub, its files are sent.`);
    await this.#record.putFile(id, { ...file, path: checkedFilePath(file.path) });
    return file;
  }

  async removeFile(id: string, path: string, reach: Reach): Promise<void> {
    await this.#changeable(id, reach);
    if (!(await this.#record.removeFile(id, path))) throw fileMissing(id, path);
  }

  async file(id: string, path: string, reach: Reach): Promise<OpenFile> {
    const artifact = await this.get(id, reach);
    const file = await this.#record.file(id, path);
    if (file === null) throw fileMissing(id, path);
    return { artifact, file };
  }

  /** Bytes `start` to `end`, both included. Throws `JQ_ARTIFACT_STATUS` for a reference. */
  read({ artifact, file }: OpenFile, range?: { readonly start: number; readonly end: number }): Readable {
    if (artifact.residence.kind !== 'hub' || file.sha256 === null)
      throw new JuqueueError('JQ_ARTIFACT_STATUS', `Artifact ${artifact.id} is a reference, its bytes are not in the hub.`);
    return this.#blobs.read(file.sha256, range);
  }

  async commit(
    id: string,
    expected: { readonly sha256: string | null; readonly sizeBytes: number | null },
    reach: Reach,
  ): Promise<Artifact> {
    await this.#changeable(id, reach);
    return this.#record.commit(id, expected, this.#clock.nowMs());
  }

  /** Gives `target` the files that `source` has, too; their bytes are not copied. */
  async copyFiles(source: string, target: string, reach: Reach): Promise<void> {
    await this.get(source, reach);
    await this.#changeable(target, reach);
    await this.#record.copyFiles(source, target);
  }

  /** Makes it the artifact of another owner and job, whoever made it. */
  async give(id: string, to: { readonly owner: string; readonly job: string | null }, reach: Reach): Promise<void> {
    await this.#changeable(id, reach);
    await this.#record.give(id, to);
  }

  async remove(id: string, reach: Reach): Promise<void> {
    await this.#changeable(id, reach);
    const job = await this.#neededBy(id);
    if (job !== null)
      throw new JuqueueError('JQ_ARTIFACT_STATUS', `Job ${job} needs artifact ${id}.`, 'Cancel the job, or wait until it has ended.');
    await this.#record.remove(id);
  }

  async startUpload(sizeBytes: number | null, reach: Reach): Promise<Upload> {
    if (sizeBytes !== null && sizeBytes > this.maxFileBytes)
      throw new JuqueueError('JQ_TOO_LARGE', `The file has ${sizeBytes} bytes, this hub takes at most ${this.maxFileBytes}.`);
    const upload: Upload = {
      id: randomUUIDv7(),
      owner: reach.owner,
      job: reach.job?.id ?? null,
      sizeBytes,
      createdAtMs: this.#clock.nowMs(),
    };
    await this.#record.putUpload(upload);
    return upload;
  }

  async upload(id: string, reach: Reach): Promise<Upload & { readonly offsetBytes: number }> {
    const upload = await this.#record.upload(id);
    if (upload === null || !mayChange(upload, reach)) throw new JuqueueError('JQ_NOT_FOUND', `There is no upload ${id.slice(0, 100)}.`);
    return { ...upload, offsetBytes: await this.#uploads.offsetBytes(id) };
  }

  /** Answers the new offset. */
  async append(id: string, offsetBytes: number, bytes: Readable, reach: Reach): Promise<number> {
    const { sizeBytes } = await this.upload(id, reach);
    return this.#uploads.append(id, offsetBytes, bytes, sizeBytes ?? this.maxFileBytes);
  }

  async removeUpload(id: string, reach: Reach): Promise<void> {
    await this.upload(id, reach);
    await this.#record.removeUpload(id);
    await this.#uploads.remove(id);
  }

  /** Removes what nobody refers to any more and what nobody went on with. Answers how many bytes of blobs that freed. */
  async sweep(): Promise<number> {
    for (const { id } of await this.#record.uploadsBefore(this.#clock.nowMs() - uploadPatienceMs)) {
      await this.#record.removeUpload(id);
      await this.#uploads.remove(id);
    }
    return this.#blobs.sweep((sha256s) => this.#record.referenced(sha256s));
  }

  async #fillable(id: string, path: string, reach: Reach): Promise<void> {
    checkedFilePath(path);
    const artifact = await this.#changeable(id, reach);
    if (artifact.residence.kind !== 'hub')
      throw new JuqueueError('JQ_ARTIFACT_STATUS', `Artifact ${id} is a reference, it takes no bytes.`);
    if (artifact.status === 'committed')
      throw new JuqueueError('JQ_ARTIFACT_STATUS', `Artifact ${id} is committed and does not change any more.`, 'Make another artifact.');
  }

  async #changeable(id: string, reach: Reach): Promise<Artifact> {
    const artifact = await this.get(id, reach);
    if (!mayChange(artifact, reach))
      throw new JuqueueError('JQ_FORBIDDEN', `Artifact ${id} is an input of the job, which may only read it.`);
    return artifact;
  }
}

export interface OpenedArtifacts extends AsyncDisposable {
  readonly artifacts: Artifacts;
}

/** Opens the artifacts in a hub's data folder, and sweeps once an hour. */
export async function openArtifacts(
  dataDir: string,
  clock: Clock,
  options: ArtifactOptions,
  onTrouble: (error: unknown) => void,
): Promise<OpenedArtifacts> {
  const folder = join(dataDir, 'artifacts');
  const blobs = await BlobStore.open(folder);
  const uploads = await UploadStore.open(join(folder, 'uploads'));
  const record = await SqliteArtifactRecord.open(join(dataDir, 'artifacts.sqlite'));
  const artifacts = new Artifacts(record, blobs, uploads, clock, options);
  let sweeping: Promise<unknown> = Promise.resolve();
  let timer: Timer;
  const sweepLater = (): void => {
    timer = clock.after(sweepEveryMs, () => {
      sweeping = artifacts.sweep().catch(onTrouble);
      sweepLater();
    });
  };
  sweepLater();
  const close = async (): Promise<void> => {
    timer.cancel();
    await sweeping;
    await record[Symbol.asyncDispose]();
  };
  return { artifacts, [Symbol.asyncDispose]: close };
}

function fileMissing(id: string, path: string): JuqueueError {
  return new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `Artifact ${id} has no file ${JSON.stringify(path.slice(0, 200))}.`);
}
