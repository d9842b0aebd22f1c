import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { JuqueueError } from '@juqueue/core';
import type { Reach } from '../../artifacts/model.ts';
import type { AdapterContext } from '../adapter.ts';
import { textOf } from '../requests.ts';
import type { Folders, Place } from './folders.ts';
import { filesOfTar, tarOf } from './tar.ts';
import type { TarFile } from './tar.ts';

/** More files than that are no folder that somebody works with. */
const mostFiles = 100_000;

/** Where what is archived or extracted lies, and where the result goes. */
export interface ArchiveOrder {
  readonly source: Place;
  readonly target: Place;
  readonly isGzip: boolean;
}

/** Throws `JQ_BAD_REQUEST` for compressions that are not made here. */
export function isGzip(fields: Readonly<Record<string, unknown>>): boolean {
  const compression = textOf(fields['compression']) ?? 'gzip';
  if (compression !== 'gzip' && compression !== 'none')
    throw new JuqueueError('JQ_BAD_REQUEST', `compression is '${compression}', expected gzip or none.`);
  return compression === 'gzip';
}

/** Files of a folder as an archive of tar, which begins with the name of the folder. */
export async function compress(
  { artifacts, hub }: AdapterContext,
  folders: Folders,
  { source, target, isGzip: zips }: ArchiveOrder,
  reach: Reach,
): Promise<void> {
  const files = await folders.files(source, reach);
  if (files.length === 0) throw folders.missing(source);
  const name = (source.rest === '' ? source.folder : source.rest).split('/').at(-1) ?? '';
  // All of them as they are now: one that is sent anew meanwhile has another size.
  const archived: TarFile[] = [];
  for (const { path } of files) {
    const open = await folders.open({ folder: source.folder, rest: path }, reach);
    archived.push({
      path: [name, path.slice(source.rest === '' ? 0 : source.rest.length + 1)].filter((part) => part !== '').join('/'),
      sizeBytes: open.file.sizeBytes,
      read: () => artifacts.read(open),
    });
  }
  const { id } = await folders.make(target.folder, reach);
  const tar = Readable.from(tarOf(archived, hub.clock.nowMs()), { objectMode: false });
  const bytes = zips ? pipeline(tar, createGzip(), () => undefined) : tar;
  await artifacts.putFile(
    id,
    target.rest,
    bytes,
    { contentType: zips ? 'application/gzip' : 'application/x-tar', expectedSha256: null },
    reach,
  );
}

/** Files of an archive below a folder. What it holds altogether is at most what one file may hold. */
export async function extract(
  { artifacts }: AdapterContext,
  folders: Folders,
  { source, target, isGzip: zips }: ArchiveOrder,
  reach: Reach,
): Promise<void> {
  const archive = artifacts.read(await folders.open(source, reach));
  const bytes = zips ? pipeline(archive, createGunzip(), () => undefined) : archive;
  const { id } = await folders.make(target.folder, reach);
  let left = artifacts.maxFileBytes;
  let count = 0;
  const counted = async function* (part: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of part) {
      left -= piece.length;
      if (left < 0) throw new JuqueueError('JQ_TOO_LARGE', `The archive holds more than ${artifacts.maxFileBytes} bytes.`);
      yield piece;
    }
  };
  try {
    for await (const file of filesOfTar(bytes as AsyncIterable<Uint8Array>)) {
      count += 1;
      if (count > mostFiles) throw new JuqueueError('JQ_TOO_LARGE', `The archive holds more than ${mostFiles} files.`);
      const path = [target.rest, file.path].filter((part) => part !== '').join('/');
      await artifacts.putFile(
        id,
        path,
        Readable.from(counted(file.bytes), { objectMode: false }),
        { contentType: 'application/octet-stream', expectedSha256: null },
        reach,
      );
    }
  } catch (error) {
    if (error instanceof JuqueueError || !String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    throw new JuqueueError('JQ_BAD_REQUEST', `The archive cannot be read: ${(error as Error).message}.`);
  } finally {
    bytes.destroy();
  }
}
