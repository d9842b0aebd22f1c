import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubDefinition } from '@juqueue/core';
import type { Job, JobFile } from '../model/job.ts';
import { Folder, inFolderOf, segmentsOf } from './folder-paths.ts';
import type { AgentArtifact, Held, HubPort, TakenFile } from './hub-port.ts';
import { scriptPath } from './job-row.ts';
import type { JobPlan } from './job-row.ts';
import { StagingFailed } from './staging-failed.ts';
import { fileAddress } from './url-inputs.ts';
import type { UrlInputs } from './url-inputs.ts';

/** Inline files beyond this travel as artifacts. */
export const largestInlineBytes = 64 * 1024;

export interface Staging {
  readonly stagedPaths: readonly string[];
  readonly binds: readonly string[];
}

/**
 * Puts what a job takes into its run directory, which is made empty first: what a crash left there is not trusted. Files appear
 * under their names when they are complete and their SHA-256 is right. References to paths stay where they are, those to addresses
 * are fetched.
 */
export async function stageJob(
  directory: string,
  job: Job,
  held: Held,
  plan: JobPlan,
  hub: HubDefinition,
  port: HubPort,
  inputs: UrlInputs,
): Promise<Staging> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const stagedPaths: string[] = [];
  const binds: string[] = [];
  const allowance = { leftBytes: hub.maxInputBytes };
  const put = async (path: string, bytes: Uint8Array, mode: number): Promise<void> => {
    await inFolderOf(directory, path, true, (folder, name) => writeWhole(folder, name, bytes, mode)).catch((error: unknown) => {
      throw failed(path, error);
    });
    stagedPaths.push(path);
  };
  if (job.definition.input !== null && job.definition.input !== undefined)
    await put('input.json', Buffer.from(JSON.stringify(job.definition.input)), 0o600);
  if (job.definition.command?.kind === 'script' && plan.entrypoint === null)
    await put(scriptPath, Buffer.from(job.definition.command.script), 0o700);
  for (const file of job.definition.files) {
    if (file.kind === 'inline') {
      const bytes = Buffer.from(file.contentBase64, 'base64');
      if (bytes.length > largestInlineBytes)
        throw new StagingFailed(`the inline file '${file.path}' has ${bytes.length} bytes, expected at most ${largestInlineBytes}`);
      await put(file.path, bytes, 0o600 | (file.mode & 0o777));
      continue;
    }
    const artifact = await port.artifact(held, file.artifact);
    if (artifact.residence.kind === 'path') {
      const source = await referencedPath(artifact.residence.path, file, hub.roots);
      if (plan.execution.kind === 'container' && plan.execution.runtime === 'charliecloud')
        throw new StagingFailed(`'${source}' cannot be given to the job: charliecloud shares folders only for writing too`);
      await (plan.execution.kind === 'host' ? linkTo(directory, file.path, source) : placeFor(directory, file.path, source));
      if (plan.execution.kind === 'container') binds.push(`${source}:/work/${file.path}:ro`);
      stagedPaths.push(file.path);
      continue;
    }
    const { residence } = artifact;
    for (const { path, part } of wantedFiles(artifact, file)) {
      const read =
        residence.kind === 'url'
          ? () => inputs.open(fileAddress(residence.url, part?.path ?? file.file), allowance)
          : () => port.download(held, artifact.id, part?.path ?? '');
      await inFolderOf(directory, path, true, (folder, name) => download(folder, name, artifact.id, part, read)).catch((error: unknown) => {
        throw failed(path, error);
      });
      stagedPaths.push(path);
    }
  }
  return { stagedPaths, binds };
}

function failed(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'EEXIST') return new StagingFailed(`two inputs of the job are called '${path}'`);
  if (code === 'ELOOP' || code === 'ENOTDIR') return new StagingFailed(`a part of the path '${path}' is no folder`);
  if (error instanceof Error && error.message.startsWith('the path ')) return new StagingFailed(error.message);
  return error;
}

/** One file under the path itself; all files of an artifact below it. Of an address nothing need be told: it may be one file. */
function wantedFiles(
  artifact: AgentArtifact,
  file: Extract<JobFile, { readonly kind: 'artifact' }>,
): readonly { readonly path: string; readonly part: TakenFile | null }[] {
  if (artifact.residence.kind === 'url' && artifact.files.length === 0) return [{ path: file.path, part: null }];
  if (file.file === null)
    return artifact.files.map((part) => ({ path: file.path === '.' ? part.path : `${file.path}/${part.path}`, part }));
  const part = artifact.files.find(({ path }) => path === file.file);
  if (part === undefined) throw new StagingFailed(`the artifact ${artifact.id} has no file '${file.file}'`);
  return [{ path: file.path, part }];
}

/** A partial file is never seen under the name, and nothing that stands there is written over. */
async function writeWhole(folder: Folder, name: string, bytes: Uint8Array, mode: number): Promise<void> {
  const partial = `.${name}.part`;
  await rm(folder.entry(partial), { force: true });
  const handle = await folder.create(partial, mode);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
  await appear(folder, partial, name);
}

async function appear(folder: Folder, partial: string, name: string): Promise<void> {
  await link(folder.entry(partial), folder.entry(name));
  await rm(folder.entry(partial));
}

/** Complete and with the right hash, as far as size and hash have been told. */
async function download(
  folder: Folder,
  name: string,
  artifact: string,
  part: TakenFile | null,
  read: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  const partial = `.${name}.part`;
  await rm(folder.entry(partial), { force: true });
  const handle = await folder.create(partial, 0o600);
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const bytes of await read()) {
      size += bytes.length;
      if (part !== null && size > part.sizeBytes) break;
      hash.update(bytes);
      await handle.write(bytes);
    }
  } finally {
    await handle.close();
  }
  const found = hash.digest('hex');
  if (part !== null && size < part.sizeBytes) throw new StagingFailed(`only ${size} of ${part.sizeBytes} bytes of '${part.path}' came`);
  if (part !== null && size > part.sizeBytes)
    throw new StagingFailed(`'${part.path}' of the artifact ${artifact} has more than the ${part.sizeBytes} bytes that were told`);
  if (part !== null && part.sha256 !== null && found !== part.sha256)
    throw new StagingFailed(`'${part.path}' of the artifact ${artifact} has the SHA-256 ${found}, expected ${part.sha256}`);
  await appear(folder, partial, name);
}

/** The path of an external reference when it lies below a root of the owner, no part of it being a link. */
export async function referencedPath(
  reference: string,
  file: Extract<JobFile, { readonly kind: 'artifact' }>,
  roots: readonly string[],
): Promise<string> {
  const base = reference.replace(/(?!^)\/+$/, '');
  const path = file.file === null ? base : `${base}/${file.file}`;
  const root = roots.find((candidate) => path === candidate || path.startsWith(candidate === '/' ? '/' : `${candidate}/`));
  const inside = root === undefined ? null : path.slice(root.length).replace(/^\/+/, '');
  if (root === undefined || inside === null || (inside !== '' && segmentsOf(inside) === null))
    throw new StagingFailed(`'${path}' is below none of the roots of this agent`);
  if (/[:,$\\\n\0]/.test(path)) throw new StagingFailed(`'${path}' holds a character that no container runtime takes in a path`);
  try {
    if (inside === '') await (await Folder.open(root))[Symbol.asyncDispose]();
    else
      await inFolderOf(root, inside, false, async (folder, name) =>
        (await open(folder.entry(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)).close(),
      );
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ELOOP' || code === 'ENOTDIR') throw new StagingFailed(`'${path}' leads through a symbolic link, which is not followed`);
    throw new StagingFailed(`'${path}' cannot be read: ${code}`);
  }
  return path;
}

async function linkTo(directory: string, path: string, source: string): Promise<void> {
  await inFolderOf(directory, path, true, (folder, name) => symlink(source, folder.entry(name))).catch((error: unknown) => {
    throw failed(path, error);
  });
}

/** What a runtime mounts over has to be there. */
async function placeFor(directory: string, path: string, source: string): Promise<void> {
  await inFolderOf(directory, path, true, async (folder, name) => {
    const handle = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const isFolder = await handle
      .stat()
      .then((stats) => stats.isDirectory())
      .finally(() => handle.close());
    await (isFolder ? mkdir(folder.entry(name)) : writeFile(folder.entry(name), '', { flag: 'wx' }));
  }).catch((error: unknown) => {
    throw failed(path, error);
  });
}

/** Writes a file of the definitions: the old one or the new one is there, whatever happens. */
export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const partial = join(folder, `.${name}.part`);
  const handle = await open(partial, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, join(folder, name));
}
