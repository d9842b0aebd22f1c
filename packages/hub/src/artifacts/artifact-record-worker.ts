import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';
import type { ArtifactQuery, FileQuery } from './artifact-record.ts';
import { ArtifactTables } from './artifact-tables.ts';
import type { Artifact, ArtifactFile, Upload } from './model.ts';
import { saidWhenFull } from '../store/when-full.ts';

const tables = new ArtifactTables((workerData as { readonly file: string }).file);

const functions = {
  ready: (_input: null) => undefined,
  create: (artifact: Artifact) => tables.create(artifact),
  artifact: (id: string) => tables.artifact(id),
  list: (query: ArtifactQuery) => tables.list(query),
  putFile: ({ artifact, file }: { readonly artifact: string; readonly file: ArtifactFile }) => tables.putFile(artifact, file),
  removeFile: ({ artifact, path }: { readonly artifact: string; readonly path: string }) => tables.removeFile(artifact, path),
  file: ({ artifact, path }: { readonly artifact: string; readonly path: string }) => tables.file(artifact, path),
  files: (query: FileQuery) => tables.files(query),
  commit: ({
    artifact,
    expected,
    atMs,
  }: {
    readonly artifact: string;
    readonly expected: { readonly sha256: string | null; readonly sizeBytes: number | null };
    readonly atMs: number;
  }) => tables.commit(artifact, expected, atMs),
  copyFiles: ({ source, target }: { readonly source: string; readonly target: string }) => tables.copyFiles(source, target),
  give: ({ artifact, to }: { readonly artifact: string; readonly to: { readonly owner: string; readonly job: string | null } }) =>
    tables.give(artifact, to),
  remove: (id: string) => tables.remove(id),
  putUpload: (upload: Upload) => tables.putUpload(upload),
  upload: (id: string) => tables.upload(id),
  removeUpload: (id: string) => tables.removeUpload(id),
  uploadsBefore: (createdAtMs: number) => tables.uploadsBefore(createdAtMs),
  referenced: (sha256s: readonly string[]) => tables.referenced(sha256s),
  close: (_input: null) => tables.close(),
};

export type ArtifactRecordFunctions = typeof functions;

serveCalls(saidWhenFull(functions));
