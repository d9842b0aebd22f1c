import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** npm gives every file of a package this time (26 October 1985); so do we, and the same tree makes the same archive. */
const modifiedAt = '@499162500';

/** The folder `name` of `parent` as one compressed archive, owned by nobody in particular; answers the file. */
export async function packArchive(parent: string, name: string, file: string): Promise<string> {
  const tar = spawn(
    'tar',
    [
      '--create',
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      `--mtime=${modifiedAt}`,
      '--mode=u+w,go+rX-w',
      '-C',
      parent,
      name,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(tar, 'close');
  await pipeline(tar.stdout, createGzip(), createWriteStream(file));
  const [code] = (await ended) as [number];
  if (code !== 0) throw new Error(`tar ended with ${code}`);
  return file;
}
