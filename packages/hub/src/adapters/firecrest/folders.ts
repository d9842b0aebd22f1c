import { JuqueueError } from '@juqueue/core';
import type { Artifact, ArtifactFile, Reach } from '../../artifacts/model.ts';
import { checkedFilePath } from '../../artifacts/file-path.ts';
import type { OpenFile } from '../../artifacts/artifacts.ts';
import type { AdapterContext } from '../adapter.ts';

const type = 'firecrest.folder';
const mostFiles = 1_000;

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
      if (error instanceof JuqueueError && error.problem.code === 'JQ_ARTIFACT_NOT_FOUND') return this.#context.artifacts.create({ name: folder, type, residence: { kind: 'hub' }, metadata: {} }, reach);
      throw error;
    });
  }

  async files({ folder, rest }: Place, reach: Reach): Promise<readonly ArtifactFile[]> {
    const artifact = await this.find(folder, reach);
    const { files } = await this.#context.artifacts.files(artifact.id, { prefix: rest, after: '', offset: 0, limit: mostFiles }, reachOf(artifact));
    return files.filter(({ path }) => rest === '' || path === rest || path.startsWith(`${rest}/`));
  }

  async open({ folder, rest }: Place, reach: Reach): Promise<OpenFile> {
    const artifact = await this.find(folder, reach);
    return this.#context.artifacts.file(artifact.id, rest, reachOf(artifact));
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

function missing(folder: string): JuqueueError {
  return new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `ls: cannot access '/${folder}': No such file or directory`);
}
