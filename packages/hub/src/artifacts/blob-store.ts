import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { JuqueueError } from '@juqueue/core';
import { asUnavailable } from '../store/when-full.ts';
import { KeyedLocks } from './keyed-locks.ts';
import { piecesOf } from './pieces.ts';

export interface StoredBlob {
  readonly sha256: string;
  readonly sizeBytes: number;
}

const hashForm = /^[0-9a-f]{64}$/;
/** Read and written in pieces of this many bytes, so that a large file takes little memory. */
const pieceBytes = 262_144;

/**
 * Bytes by their SHA-256, each kept once however many files have them. A blob lies in its place only whole and on disk. What lies
 * in `folder`: `blobs/<two digits>/<sha256>`, `incoming/` for what is on its way.
 */
export class BlobStore {
  readonly #blobs: string;
  readonly #incoming: string;
  readonly #locks = new KeyedLocks();

  private constructor(folder: string) {
    this.#blobs = join(folder, 'blobs');
    this.#incoming = join(folder, 'incoming');
  }

  /** What an earlier life left half received is thrown away. */
  static async open(folder: string): Promise<BlobStore> {
    const store = new BlobStore(folder);
    await rm(store.#incoming, { recursive: true, force: true });
    await mkdir(store.#incoming, { recursive: true, mode: 0o700 });
    await mkdir(store.#blobs, { recursive: true, mode: 0o700 });
    return store;
  }

  /**
   * Stores the bytes, then has `keep` refer to them; only what it refers to is safe from `sweep`. Throws `JQ_TOO_LARGE`, and
   * `JQ_HASH_MISMATCH` when they have not the expected hash; nothing is left of them then.
   */
  async receive<Result>(
    bytes: Readable,
    limits: { readonly expectedSha256: string | null; readonly maxBytes: number },
    keep: (blob: StoredBlob) => Promise<Result>,
  ): Promise<Result> {
    const partial = join(this.#incoming, randomUUID());
    try {
      const blob = await withFile(partial, 'wx', async (file) => {
        const received = await writeAll(file, bytes, limits.maxBytes);
        checkHash(received.sha256, limits.expectedSha256);
        await file.sync();
        return received;
      });
      return await this.#place(partial, blob, keep);
    } catch (error) {
      await rm(partial, { force: true });
      throw asUnavailable(error);
    }
  }

  /** The same for a file that is there already and is moved. It stays where it is when its hash is not the expected one. */
  async adopt<Result>(path: string, expectedSha256: string | null, keep: (blob: StoredBlob) => Promise<Result>): Promise<Result> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const part of piecesOf(createReadStream(path, { highWaterMark: pieceBytes }))) {
      hash.update(part);
      sizeBytes += part.length;
    }
    const sha256 = hash.digest('hex');
    checkHash(sha256, expectedSha256);
    await withFile(path, 'r+', (file) => file.sync());
    return this.#place(path, { sha256, sizeBytes }, keep);
  }

  async sizeOf(sha256: string): Promise<number | null> {
    return stat(this.#path(sha256)).then(
      ({ size }) => size,
      () => null,
    );
  }

  /** Bytes `start` to `end`, both included. */
  read(sha256: string, range?: { readonly start: number; readonly end: number }): Readable {
    return createReadStream(this.#path(sha256), { highWaterMark: pieceBytes, ...range });
  }

  /** Removes blobs that nothing refers to and that nobody is about to refer to. Answers how many bytes that freed. */
  async sweep(referenced: (sha256s: readonly string[]) => Promise<readonly string[]>): Promise<number> {
    let freedBytes = 0;
    for (const folder of await readdir(this.#blobs)) {
      const names = (await readdir(join(this.#blobs, folder))).filter((name) => hashForm.test(name));
      const kept = new Set(await referenced(names));
      for (const name of names.filter((one) => !kept.has(one))) {
        freedBytes += await this.#locks.run(name, async () => {
          if ((await referenced([name])).length > 0) return 0;
          const sizeBytes = (await this.sizeOf(name)) ?? 0;
          await unlink(this.#path(name));
          return sizeBytes;
        });
      }
    }
    return freedBytes;
  }

  /** Nothing sweeps a blob between its coming into place and the reference to it. */
  async #place<Result>(path: string, blob: StoredBlob, keep: (blob: StoredBlob) => Promise<Result>): Promise<Result> {
    return this.#locks.run(blob.sha256, async () => {
      const folder = join(this.#blobs, blob.sha256.slice(0, 2));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rename(path, this.#path(blob.sha256));
      await withFile(folder, 'r', (file) => file.sync());
      await withFile(this.#blobs, 'r', (file) => file.sync());
      return keep(blob);
    });
  }

  #path(sha256: string): string {
    if (!hashForm.test(sha256)) throw new JuqueueError('JQ_BAD_REQUEST', `'${sha256}' is not a SHA-256, expected 64 hexadecimal digits.`);
    return join(this.#blobs, sha256.slice(0, 2), sha256);
  }
}

async function withFile<Result>(path: string, flags: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path, flags, 0o600);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Readable, maxBytes: number): Promise<StoredBlob> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const part of piecesOf(bytes)) {
    sizeBytes += part.length;
    if (sizeBytes > maxBytes) throw new JuqueueError('JQ_TOO_LARGE', `The file has more than ${maxBytes} bytes.`);
    hash.update(part);
    await file.writeFile(part);
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

function checkHash(found: string, expected: string | null): void {
  if (expected === null || expected.toLowerCase() === found) return;
  throw new JuqueueError('JQ_HASH_MISMATCH', `The bytes have the SHA-256 ${found}, expected was ${expected}.`);
}
