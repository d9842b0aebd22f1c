import { DatabaseSync } from 'node:sqlite';
import { JuqueueError } from '@juqueue/core';
import type { ArtifactQuery, FilePage, FileQuery } from './artifact-record.ts';
import { treeSha256 } from './model.ts';
import type { Artifact, ArtifactFile, Upload } from './model.ts';

type Row = Readonly<Record<string, unknown>>;

/** The tables behind an ArtifactRecord. One thread works on them, one call at a time. */
export class ArtifactTables {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      CREATE TABLE IF NOT EXISTS artifacts (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, job TEXT, name TEXT, type TEXT, residence TEXT NOT NULL, metadata TEXT NOT NULL,
        status TEXT NOT NULL, tree_sha256 TEXT, file_count INTEGER NOT NULL, size_bytes INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, committed_at_ms INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS artifacts_owner ON artifacts (owner, id);
      CREATE INDEX IF NOT EXISTS artifacts_job ON artifacts (job) WHERE job IS NOT NULL;
      CREATE TABLE IF NOT EXISTS files (
        artifact TEXT NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE, path TEXT NOT NULL, sha256 TEXT, size_bytes INTEGER NOT NULL, content_type TEXT NOT NULL,
        PRIMARY KEY (artifact, path)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS files_sha256 ON files (sha256);
      CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, owner TEXT NOT NULL, job TEXT, size_bytes INTEGER, created_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    `);
  }

  create(artifact: Artifact): void {
    const { id, owner, job, name, type, residence, metadata, status, fileCount, sizeBytes, createdAtMs } = artifact;
    this.#database
      .prepare('INSERT INTO artifacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, NULL)')
      .run(id, owner, job, name, type, JSON.stringify(residence), JSON.stringify(metadata), status, fileCount, sizeBytes, createdAtMs);
  }

  artifact(id: string): Artifact | null {
    const row = this.#database.prepare('SELECT * FROM artifacts WHERE id = ?').get(id);
    return row === undefined ? null : artifactOf(row);
  }

  list({ owner, job, name, type, beforeId, limit }: ArtifactQuery): readonly Artifact[] {
    const conditions = Object.entries({
      'owner = ?': owner,
      'job = ?': job,
      'name = ?': name,
      'type = ?': type,
      'id < ?': beforeId,
    }).flatMap(([sql, value]) => (value === null ? [] : [{ sql, value }]));
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
    return this.#database
      .prepare(`SELECT * FROM artifacts ${where} ORDER BY id DESC LIMIT ?`)
      .all(...conditions.map(({ value }) => value), limit)
      .map(artifactOf);
  }

  putFile(id: string, { path, sha256, sizeBytes, contentType }: ArtifactFile): void {
    this.#transaction(() => {
      this.#changeable(id);
      const folders = path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'));
      const folder = folders.slice(1).find((name) => this.file(id, name) !== null);
      if (folder !== undefined) throw new JuqueueError('JQ_EXISTS', `${path} lies below the file ${folder} of the same artifact.`);
      if (
        this.#database.prepare('SELECT 1 FROM files WHERE artifact = ? AND path >= ? AND path < ?').get(id, `${path}/`, `${path}0`) !==
        undefined
      ) {
        throw new JuqueueError('JQ_EXISTS', `${path} is a folder of the same artifact.`);
      }
      this.#database.prepare('INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)').run(id, path, sha256, sizeBytes, contentType);
      this.#count(id);
    });
  }

  removeFile(id: string, path: string): boolean {
    return this.#transaction(() => {
      this.#changeable(id);
      const { changes } = this.#database.prepare('DELETE FROM files WHERE artifact = ? AND path = ?').run(id, path);
      this.#count(id);
      return changes > 0;
    });
  }

  file(id: string, path: string): ArtifactFile | null {
    const row = this.#database.prepare('SELECT * FROM files WHERE artifact = ? AND path = ?').get(id, path);
    return row === undefined ? null : fileOf(row);
  }

  files({ artifact, prefix, after, offset, limit }: FileQuery): FilePage {
    const where = 'artifact = ? AND substr(path, 1, ?) = ? AND path > ?';
    const length = [...prefix].length;
    const count = this.#database.prepare(`SELECT count(*) AS n FROM files WHERE ${where}`).get(artifact, length, prefix, '');
    const rows = this.#database
      .prepare(`SELECT * FROM files WHERE ${where} ORDER BY path LIMIT ? OFFSET ?`)
      .all(artifact, length, prefix, after, limit, offset);
    return { files: rows.map(fileOf), totalCount: Number(count?.['n']) };
  }

  commit(id: string, expected: { readonly sha256: string | null; readonly sizeBytes: number | null }, atMs: number): Artifact {
    return this.#transaction(() => {
      const artifact = this.#existing(id);
      const files = this.#database.prepare('SELECT path, sha256 FROM files WHERE artifact = ?').all(id);
      const known = files.flatMap((row) => (row['sha256'] === null ? [] : [{ path: String(row['path']), sha256: String(row['sha256']) }]));
      // Of a reference the hub knows what it was told.
      const found =
        artifact.residence.kind !== 'hub' && (files.length === 0 || known.length < files.length) ? expected.sha256 : treeSha256(known);
      if (expected.sha256 !== null && expected.sha256.toLowerCase() !== found)
        throw new JuqueueError('JQ_HASH_MISMATCH', `The artifact has the tree hash ${found}, expected was ${expected.sha256}.`);
      if (expected.sizeBytes !== null && files.length > 0 && expected.sizeBytes !== artifact.sizeBytes) {
        throw new JuqueueError('JQ_HASH_MISMATCH', `The artifact has ${artifact.sizeBytes} bytes, expected were ${expected.sizeBytes}.`);
      }
      if (artifact.status === 'committed') return artifact;
      const sizeBytes = files.length > 0 ? artifact.sizeBytes : (expected.sizeBytes ?? 0);
      this.#database
        .prepare(`UPDATE artifacts SET status = 'committed', tree_sha256 = ?, size_bytes = ?, committed_at_ms = ? WHERE id = ?`)
        .run(found, sizeBytes, atMs, id);
      return this.#existing(id);
    });
  }

  copyFiles(source: string, target: string): void {
    this.#transaction(() => {
      this.#changeable(target);
      this.#database
        .prepare('INSERT OR REPLACE INTO files SELECT ?, path, sha256, size_bytes, content_type FROM files WHERE artifact = ?')
        .run(target, source);
      this.#count(target);
    });
  }

  give(id: string, { owner, job }: { readonly owner: string; readonly job: string | null }): void {
    this.#database.prepare('UPDATE artifacts SET owner = ?, job = ? WHERE id = ?').run(owner, job, id);
  }

  remove(id: string): void {
    this.#database.prepare('DELETE FROM artifacts WHERE id = ?').run(id);
  }

  putUpload({ id, owner, job, sizeBytes, createdAtMs }: Upload): void {
    this.#database.prepare('INSERT INTO uploads VALUES (?, ?, ?, ?, ?)').run(id, owner, job, sizeBytes, createdAtMs);
  }

  upload(id: string): Upload | null {
    const row = this.#database.prepare('SELECT * FROM uploads WHERE id = ?').get(id);
    return row === undefined ? null : uploadOf(row);
  }

  removeUpload(id: string): void {
    this.#database.prepare('DELETE FROM uploads WHERE id = ?').run(id);
  }

  uploadsBefore(createdAtMs: number): readonly Upload[] {
    return this.#database.prepare('SELECT * FROM uploads WHERE created_at_ms < ?').all(createdAtMs).map(uploadOf);
  }

  referenced(sha256s: readonly string[]): readonly string[] {
    const find = this.#database.prepare('SELECT 1 FROM files WHERE sha256 = ? LIMIT 1');
    return sha256s.filter((sha256) => find.get(sha256) !== undefined);
  }

  close(): void {
    this.#database.close();
  }

  #transaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #existing(id: string): Artifact {
    const artifact = this.artifact(id);
    if (artifact === null) throw new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `There is no artifact ${id}.`);
    return artifact;
  }

  #changeable(id: string): void {
    if (this.#existing(id).status === 'committed')
      throw new JuqueueError('JQ_ARTIFACT_STATUS', `Artifact ${id} is committed and does not change any more.`, 'Make another artifact.');
  }

  #count(id: string): void {
    this.#database
      .prepare(
        'UPDATE artifacts SET (file_count, size_bytes) = (SELECT count(*), coalesce(sum(files.size_bytes), 0) FROM files WHERE artifact = artifacts.id) WHERE id = ?',
      )
      .run(id);
  }
}

function artifactOf(row: Row): Artifact {
  return {
    id: String(row['id']),
    owner: String(row['owner']),
    job: text(row['job']),
    name: text(row['name']),
    type: text(row['type']),
    residence: JSON.parse(String(row['residence'])) as Artifact['residence'],
    metadata: JSON.parse(String(row['metadata'])) as Artifact['metadata'],
    status: row['status'] as Artifact['status'],
    treeSha256: text(row['tree_sha256']),
    fileCount: Number(row['file_count']),
    sizeBytes: Number(row['size_bytes']),
    createdAtMs: Number(row['created_at_ms']),
    committedAtMs: row['committed_at_ms'] === null ? null : Number(row['committed_at_ms']),
  };
}

function fileOf(row: Row): ArtifactFile {
  return {
    path: String(row['path']),
    sha256: text(row['sha256']),
    sizeBytes: Number(row['size_bytes']),
    contentType: String(row['content_type']),
  };
}

function uploadOf(row: Row): Upload {
  return {
    id: String(row['id']),
    owner: String(row['owner']),
    job: text(row['job']),
    sizeBytes: row['size_bytes'] === null ? null : Number(row['size_bytes']),
    createdAtMs: Number(row['created_at_ms']),
  };
}

function text(value: unknown): string | null {
  return value === null ? null : String(value);
}
