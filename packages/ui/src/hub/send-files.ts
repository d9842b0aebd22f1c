import { filePath } from './artifact-path.ts';
import { hub } from './hub-session.svelte.ts';

/** Makes an artifact of these files and commits it; answers its id. `tell` hears how many of them are stored. */
export async function sendFiles(files: readonly File[], tell: (done: number) => void): Promise<string> {
  const { id } = await hub.api.call('createArtifact', {
    body: { name: files.length === 1 ? (files[0]?.name ?? 'file') : `${files.length} files` },
  });
  for (const [index, file] of files.entries()) {
    await hub.bytes('PUT', filePath(id, file.name), file);
    tell(index + 1);
  }
  await hub.api.call('commitArtifact', { path: { artifact: id }, body: {} });
  return id;
}
