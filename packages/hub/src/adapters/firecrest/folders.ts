import { JuqueueError } from '@juqueue/core';
import type { Artifact, ArtifactFile, Reach } from '../../artifacts/model.ts';
import { checkedFilePath } from '../../artifacts/file-path.ts';
import type { OpenFile } from '../../artifacts/artifacts.ts';
import type { AdapterContext } from '../adapter.ts';

const type = 'firecrest.folder';
const pageFiles = 1_000;

/** A path of this interface: a folder of the user, or of a job, and what lies below. */
export interface Place {
  readonly folder: string;
  /** Empty: the folder itself. */
  readonly rest: string;
}

/** `/NAME/rest` is in a folder of the user, `/jobs/ID/rest` in what a job left. Throws `JQ_BAD_PATH`. */
export function placeOf(path: string | undefined): Place {
  const parts = checkedFilePath((path ?? '').replace(/^\/+/, '').replace(/\/+$/, '')).split('/');
  const depth = parts[0] === 'jobs' ? 2 : 1;
  return { folder: parts.slice(0, depth).join('/'), rest: parts.slice(depth).join('/') };
}

/** Folders of users: artifacts that are never committed. A job gets a copy of its folder as it is when it is submitted. */
export class Folders {
  readonly #context: AdapterContext;

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  /** Throws `JQ_ARTIFACT_NOT_FOUND`. */
  async find(folder: string, reach: Reach): Promise<Artifact> {
    const { artifacts, hub } = this.#context;
    const job = /^jobs\/(.+)$/.exec(folder)?.[1];
    if (job !== undefined) {
      const { owner, result } = await hub.jobs.find(job);
      if (result === null || result.outputArtifact === null || (owner !== reach.owner && !reach.seesAll)) throw missing(folder);
      return artifacts.get(result.outputArtifact, { owner, seesAll: false, job: null });
    }
    const [found] = await artifacts.list({ name: folder, type, job: null, beforeId: null, limit: 1 }, { ...reach, seesAll: false });
    if (found === undefined) throw missing(folder);
    return found;
  }

  async make(folder: string, reach: Reach): Promise<Artifact> {
    if (folder.startsWith('jobs')) throw new JuqueueError('JQ_FORBIDDEN', 'Folders of jobs are made by jobs.');
    return this.find(folder, reach).catch((error: unknown) => {
      if (isMissing(error)) return this.#context.artifacts.create({ name: folder, type, residence: { kind: 'hub' }, metadata: {} }, reach);
      throw error;
    });
  }

  async files({ folder, rest }: Place, reach: Reach): Promise<readonly ArtifactFile[]> {
    const artifact = await this.find(folder, reach);
    const found: ArtifactFile[] = [];
    for (let isMore = true; isMore;) {
      const { files } = await this.#context.artifacts.files(
        artifact.id,
        { prefix: rest, after: found.at(-1)?.path ?? '', offset: 0, limit: pageFiles },
        reachOf(artifact),
      );
      found.push(...files);
      isMore = files.length === pageFiles;
    }
    return found.filter(({ path }) => rest === '' || path === rest || path.startsWith(`${rest}/`));
  }

  /** A file to a name or into a folder, a folder with all below it. */
  async copy(source: Place, target: Place, reach: Reach): Promise<void> {
    const { artifacts } = this.#context;
    const files = await this.files(source, reach);
    if (files.length === 0) throw missing(pathOf(source));
    const name = pathOf(source).split('/').at(-1) ?? '';
    const isFolder =
      target.rest === ''
        ? files[0]?.path === source.rest
        : (await this.files(target, reach).catch(() => [])).some(({ path }) => path !== target.rest);
    const base = isFolder ? joined(target.rest, name) : target.rest;
    if (source.folder === target.folder && (source.rest === '' || base === source.rest || base.startsWith(`${source.rest}/`)))
      throw new JuqueueError('JQ_BAD_PATH', `'/${pathOf(source)}' cannot be put into itself.`);
    const { id } = await this.make(target.folder, reach);
    for (const { path, contentType } of files) {
      const open = await this.open({ folder: source.folder, rest: path }, reach);
      await artifacts.putFile(
        id,
        joined(base, path.slice(source.rest === '' ? 0 : source.rest.length + 1)),
        artifacts.read(open),
        { contentType, expectedSha256: null },
        reach,
      );
    }
  }

  missing(place: Place): JuqueueError {
    return missing(pathOf(place));
  }

  async remove(place: Place, reach: Reach): Promise<void> {
    const { artifacts } = this.#context;
    if (place.folder.startsWith('jobs/'))
      throw new JuqueueError('JQ_FORBIDDEN', 'What a job left is deleted with the job: DELETE /api/v1/jobs/ID.');
    const { id } = await this.find(place.folder, reach);
    const files = await this.files(place, reach);
    if (place.rest !== '' && files.length === 0) throw missing(pathOf(place));
    if (place.rest === '') await artifacts.remove(id, reach);
    else for (const { path } of files) await artifacts.removeFile(id, path, reach);
  }

  async open({ folder, rest }: Place, reach: Reach): Promise<OpenFile> {
    const artifact = await this.find(folder, reach);
    return this.#context.artifacts.file(artifact.id, rest, reachOf(artifact)).catch((error: unknown) => {
      throw isMissing(error) ? missing(joined(folder, rest)) : error;
    });
  }

  /** The folder as it is now, as an artifact that does not change any more. */
  async snapshot(folder: string, reach: Reach): Promise<string> {
    const { artifacts } = this.#context;
    const source = await this.find(folder, reach);
    const copy = await artifacts.create({ name: folder, type: 'folder', residence: { kind: 'hub' }, metadata: {} }, reach);
    await artifacts.copyFiles(source.id, copy.id, reach);
    await artifacts.commit(copy.id, { sha256: null, sizeBytes: null }, reach);
    return copy.id;
  }
}

function reachOf({ owner }: Artifact): Reach {
  return { owner, seesAll: false, job: null };
}

function pathOf({ folder, rest }: Place): string {
  return joined(folder, rest);
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

function isMissing(error: unknown): boolean {
  return error instanceof JuqueueError && error.problem.code === 'JQ_ARTIFACT_NOT_FOUND';
}

function missing(folder: string): JuqueueError {
  return new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `ls: cannot access '/${folder}': No such file or directory`);
}
