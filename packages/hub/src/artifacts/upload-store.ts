import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { JuqueueError } from '@juqueue/core';
import { asUnavailable } from '../store/when-full.ts';
import { piecesOf } from './pieces.ts';

const idForm = /^[0-9a-f-]{36}$/;

/** Files that grow by one request after the other. How far one has come is its size on disk, also after a crash. */
export class UploadStore {
  readonly #folder: string;
  readonly #busy = new Set<string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<UploadStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new UploadStore(folder);
  }

  path(id: string): string {
    if (!idForm.test(id)) throw new JuqueueError('JQ_NOT_FOUND', `There is no upload ${id.slice(0, 100)}.`);
    return join(this.#folder, id);
  }

  async offsetBytes(id: string): Promise<number> {
    return stat(this.path(id)).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /**
   * Appends what comes, from `offsetBytes` on, and answers the new offset. What came before the connection broke stays. Throws
   * `JQ_UPLOAD_OFFSET` when the upload stands elsewhere or another request is appending, `JQ_TOO_LARGE`.
   */
  async append(id: string, offsetBytes: number, bytes: Readable, maxBytes: number): Promise<number> {
    if (this.#busy.has(id)) throw new JuqueueError('JQ_UPLOAD_OFFSET', `Another request is sending to upload ${id}.`);
    this.#busy.add(id);
    try {
      const file = await open(this.path(id), 'a', 0o600);
      try {
        const { size } = await file.stat();
        if (size !== offsetBytes)
          throw new JuqueueError('JQ_UPLOAD_OFFSET', `Upload ${id} stands at ${size} bytes, the request goes on at ${offsetBytes}.`);
        let atBytes = size;
        try {
          for await (const part of piecesOf(bytes)) {
            if (atBytes + part.length > maxBytes) throw new JuqueueError('JQ_TOO_LARGE', `Upload ${id} has more than ${maxBytes} bytes.`);
            await file.writeFile(part);
            atBytes += part.length;
          }
        } catch (error) {
          // Bytes that were refused are none of the upload; those of a connection that broke are.
          if (error instanceof JuqueueError && error.problem.code === 'JQ_HASH_MISMATCH') await file.truncate(size);
          throw error;
        }
        await file.sync();
        return atBytes;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw asUnavailable(error);
    } finally {
      this.#busy.delete(id);
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
  }
}
