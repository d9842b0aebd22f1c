import { JuqueueError } from '@juqueue/core';

const blockBytes = 512;
const longestHeaderBytes = 65_536;

/** A file that goes into an archive. */
export interface TarFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/** An archive of these files, as tar reads it: paths of any length are in extended headers. */
export async function* tarOf(files: AsyncIterable<TarFile> | Iterable<TarFile>, atMs: number): AsyncGenerator<Uint8Array> {
  for await (const { path, sizeBytes, read } of files) {
    const record = Buffer.from(paxRecord('path', path));
    yield header('PaxHeader', record.length, 'x', atMs);
    yield* padded([record], record.length);
    yield header(Buffer.from(path).subarray(0, 99).toString('latin1'), sizeBytes, '0', atMs);
    yield* padded(read(), sizeBytes);
  }
  yield Buffer.alloc(2 * blockBytes);
}

/** Each file of an archive, whose bytes are read before the next is asked for. Throws `JQ_BAD_REQUEST` for what is no archive, and for links. */
export async function* filesOfTar(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly path: string; readonly bytes: AsyncGenerator<Uint8Array> }> {
  const source = new Source(bytes);
  let longPath: string | null = null;
  for (;;) {
    const block = await source.take(blockBytes);
    if (block.every((byte) => byte === 0)) return;
    if (octal(block, 148, 8) !== checksum(block)) throw notAnArchive();
    const sizeBytes = octal(block, 124, 12);
    const type = String.fromCharCode(block[156] ?? 0);
    const padding = (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
    if (type === 'x' || type === 'g' || type === 'L') {
      if (sizeBytes > longestHeaderBytes) throw notAnArchive();
      const content = await source.take(sizeBytes);
      await source.take(padding);
      if (type === 'x') longPath = paxPath(content) ?? longPath;
      if (type === 'L') longPath = textOf(content, 0, sizeBytes);
      continue;
    }
    const prefix = textOf(block, 257, 5) === 'ustar' ? textOf(block, 345, 155) : '';
    const path = (longPath ?? `${prefix === '' ? '' : `${prefix}/`}${textOf(block, 0, 100)}`).replace(/^(\.\/)+/, '');
    longPath = null;
    if (type === '5') continue;
    if (type !== '0' && type !== '\0' && type !== '7')
      throw new JuqueueError('JQ_BAD_REQUEST', `'${path.slice(0, 200)}' is a link or a device, and a folder of a hub holds files only.`);
    const content = source.parts(sizeBytes);
    yield { path, bytes: content };
    for await (const _ of content);
    await source.take(padding);
  }
}

function header(name: string, sizeBytes: number, type: string, atMs: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const field = (text: string, at: number): void => void block.write(text, at, 'latin1');
  field(name, 0);
  field('0000600\0', 100);
  field('0000000\0', 108);
  field('0000000\0', 116);
  // Eleven octal digits hold 8 GiB; beyond that GNU's form holds the number itself.
  if (sizeBytes < 8 ** 11) field(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(sizeBytes), 128);
  }
  field(
    `${Math.floor(atMs / 1_000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
  );
  field(type, 156);
  field('ustar\x0000', 257);
  field(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Of the header with its own field as eight spaces. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function octal(block: Buffer, at: number, length: number): number {
  if ((block[at] ?? 0) >= 0x80) {
    const size = block.readBigUInt64BE(at + length - 8);
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw notAnArchive();
    return Number(size);
  }
  const text = textOf(block, at, length).trim();
  if (!/^[0-7]*$/.test(text)) throw notAnArchive();
  return text === '' ? 0 : parseInt(text, 8);
}

function textOf(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('utf8');
}

/** `LENGTH path=VALUE` and a newline; the length counts itself. */
function paxRecord(name: string, value: string): string {
  const rest = Buffer.byteLength(` ${name}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${name}=${value}\n`;
}

function paxPath(content: Buffer): string | null {
  for (let at = 0; at < content.length;) {
    const length = parseInt(content.subarray(at, at + 20).toString('latin1'), 10);
    if (!(length > 0)) return null;
    const found = /^\d+ path=([\s\S]*)\n$/.exec(content.subarray(at, at + length).toString('utf8'))?.[1];
    if (found !== undefined) return found;
    at += length;
  }
  return null;
}

async function* padded(parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, sizeBytes: number): AsyncGenerator<Uint8Array> {
  yield* parts;
  yield Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

function notAnArchive(): JuqueueError {
  return new JuqueueError('JQ_BAD_REQUEST', 'The file is no archive of tar, or it is cut short.');
}

/** Bytes that are asked for by number. */
class Source {
  readonly #bytes: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#bytes = bytes[Symbol.asyncIterator]();
  }

  async *parts(sizeBytes: number): AsyncGenerator<Uint8Array> {
    for (let left = sizeBytes; left > 0;) {
      if (this.#rest.length === 0) {
        const next = await this.#bytes.next();
        if (next.done === true) throw notAnArchive();
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async take(sizeBytes: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.parts(sizeBytes)) parts.push(part);
    return Buffer.concat(parts);
  }
}
