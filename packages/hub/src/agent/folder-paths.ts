import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The segments of a relative path below a folder; null for one that could lead elsewhere. */
export function segmentsOf(path: string): readonly string[] | null {
  const segments = path.split('/');
  const isGood = segments.every(
    (segment) => segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('\0') && Buffer.byteLength(segment) <= 255,
  );
  return isGood && path.length <= 4096 ? segments : null;
}

/** An open folder, by which its entries are reached whatever becomes of its path: no symbolic link is followed. Linux only. */
export class Folder implements AsyncDisposable {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** The folder at an absolute path that is ours; links on the way there are the owner's own. */
  static async open(path: string): Promise<Folder> {
    return new Folder(await open(path, constants.O_RDONLY | constants.O_DIRECTORY));
  }

  /** The folder at an absolute path in which no segment is a link. Rejects with ELOOP or ENOTDIR for links. */
  static async openStrictly(path: string): Promise<Folder> {
    let folder = await Folder.open('/');
    for (const segment of path.split('/').filter((part) => part !== '')) {
      const next = await folder.folder(segment).finally(() => folder[Symbol.asyncDispose]());
      folder = next;
    }
    return folder;
  }

  /** A path by which this process reaches an entry. */
  entry(name: string): string {
    return `/proc/self/fd/${this.#handle.fd}/${name}`;
  }

  async folder(name: string): Promise<Folder> {
    return new Folder(await open(this.entry(name), folderFlags));
  }

  /** Opens the folder below, which is created when it is not there. */
  async ensureFolder(name: string): Promise<Folder> {
    await mkdir(this.entry(name), 0o700).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return this.folder(name);
  }

  /** A file to read. Waits for no writer of a pipe. */
  read(name: string): Promise<FileHandle> {
    return open(this.entry(name), readFlags);
  }

  /** A file that is not there yet, to write. */
  create(name: string, mode: number): Promise<FileHandle> {
    return open(this.entry(name), createFlags, mode);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** Does something in the folder of a path below `root`; with `ensure` folders on the way are created. */
export async function inFolderOf<T>(
  root: string,
  path: string,
  ensure: boolean,
  act: (folder: Folder, name: string) => Promise<T>,
): Promise<T> {
  const segments = segmentsOf(path);
  const name = segments?.at(-1);
  if (segments === null || name === undefined) throw new Error(`the path '${path}' leads out of its folder, expected one below it`);
  let folder = await Folder.open(root);
  try {
    for (const segment of segments.slice(0, -1)) {
      const next = await (ensure ? folder.ensureFolder(segment) : folder.folder(segment));
      await folder[Symbol.asyncDispose]();
      folder = next;
    }
    return await act(folder, name);
  } finally {
    await folder[Symbol.asyncDispose]();
  }
}
