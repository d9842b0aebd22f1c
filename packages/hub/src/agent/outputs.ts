import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Folder, inFolderOf } from './folder-paths.ts';
import { largestWholeUploadBytes } from './hub-port.ts';
import type { ArtifactFile, Held, HubPort } from './hub-port.ts';
import { treeSha256 } from '../artifacts/model.ts';

/** Files and folders of a run directory that its job did not make. */
const notOutputs: ReadonlySet<string> = new Set(['logs', 'juqueue-run.json']);

export const resultFile = 'output.json';
/** A result is read by people and programs at once; what is larger is a file. */
const largestResultBytes = 1024 * 1024;
const pieceBytes = 1024 * 1024;

/** What a job has made: its files, and what of them is left out, as sentences. */
export interface Outputs {
  readonly files: readonly ArtifactFile[];
  readonly omitted: readonly string[];
}

/** Every file in a run directory but logs, our own files and what was staged. Links are not followed and not taken. */
export async function findOutputs(directory: string, stagedPaths: readonly string[]): Promise<Outputs> {
  const staged = new Set(stagedPaths);
  const files: ArtifactFile[] = [];
  const omitted: string[] = [];
  const visit = async (folder: Folder, prefix: string): Promise<void> => {
    const entries = await readdir(folder.entry('.'), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${prefix}${entry.name}`;
      if (staged.has(path) || (prefix === '' && notOutputs.has(path))) continue;
      if (entry.isDirectory()) {
        await using inner = await folder.folder(entry.name);
        await visit(inner, `${path}/`);
      } else if (entry.isFile()) {
        const handle = await folder.read(entry.name);
        try {
          const file = { path, ...(await digest(handle)) };
          files.push(file);
        } finally {
          await handle.close();
        }
      } else omitted.push(`${path} is neither a file nor a folder`);
    }
  };
  await using folder = await Folder.open(directory);
  await visit(folder, '');
  return { files, omitted };
}

/** The logs of a run as files of its directory; those that are there. */
export async function findLogs(directory: string): Promise<readonly ArtifactFile[]> {
  const files: ArtifactFile[] = [];
  for (const path of ['logs/stdout.log', 'logs/stderr.log']) {
    const file = await inFolderOf(directory, path, false, async (folder, name) => {
      await using handle = await folder.read(name);
      return (await handle.stat()).isFile() ? { path, ...(await digest(handle)) } : null;
    }).catch(() => null);
    if (file !== null) files.push(file);
  }
  return files;
}

/** The JSON of `output.json`; null without it. What is there and cannot be read is told. */
export async function readResult(directory: string): Promise<{ readonly output: unknown; readonly trouble: string | null }> {
  try {
    const text = await inFolderOf(directory, resultFile, false, async (folder, name) => {
      const handle = await folder.read(name);
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) throw new Error('it is no file');
        if (stats.size > largestResultBytes) throw new Error(`it has ${stats.size} bytes, expected at most ${largestResultBytes}`);
        return await handle.readFile('utf8');
      } finally {
        await handle.close();
      }
    });
    return { output: JSON.parse(text) as unknown, trouble: null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { output: null, trouble: null };
    return { output: null, trouble: `${resultFile} was not taken: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Uploads these files of a folder into an artifact and commits it. May be repeated as a whole. */
export async function uploadArtifact(
  held: Held,
  artifact: string,
  directory: string,
  files: readonly ArtifactFile[],
  port: HubPort,
): Promise<void> {
  if ((await port.artifact(held, artifact)).isCommitted) return;
  for (const file of files) {
    await inFolderOf(directory, file.path, false, async (folder, name) => {
      const handle = await folder.read(name);
      try {
        const read = (offset: number, sizeBytes: number): Promise<Uint8Array> => readAt(handle, offset, sizeBytes);
        if (file.sizeBytes <= largestWholeUploadBytes)
          await port.uploadFile(held, artifact, file.path, file.sha256, await read(0, file.sizeBytes));
        else await port.uploadLargeFile(held, artifact, file, read);
      } finally {
        await handle.close();
      }
    });
  }
  await port.commitArtifact(
    held,
    artifact,
    treeSha256(files),
    files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  );
}

/** The same for files that stay in the folder. */
export async function noteArtifact(held: Held, artifact: string, files: readonly ArtifactFile[], port: HubPort): Promise<void> {
  if ((await port.artifact(held, artifact)).isCommitted) return;
  await port.noteFiles(held, artifact, files);
  await port.commitArtifact(
    held,
    artifact,
    treeSha256(files),
    files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  );
}

async function digest(handle: FileHandle): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(pieceBytes);
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, sizeBytes);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
    hash.update(piece.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
}

async function readAt(handle: FileHandle, offset: number, sizeBytes: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await handle.read(bytes, filled, sizeBytes - filled, offset + filled);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    filled += bytesRead;
  }
  return bytes;
}
