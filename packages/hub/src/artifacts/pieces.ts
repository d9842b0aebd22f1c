import type { Readable } from 'node:stream';

/**
 * The pieces of a stream as they come. Who stops early leaves the rest to be thrown away: a request whose body is not read to its
 * end would never be answered.
 */
export async function* piecesOf(bytes: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of bytes.iterator({ destroyOnReturn: false })) yield piece as Buffer;
  } finally {
    bytes.resume();
  }
}
