import { execFileSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesOfTar, tarOf } from './tar.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'juqueue-tar-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const longName = `${'deep/'.repeat(60)}${'n'.repeat(200)}`;
const contents: Readonly<Record<string, Buffer>> = {
  'a.txt': Buffer.from('one\n'),
  empty: Buffer.alloc(0),
  'sub/exactly-a-block': Buffer.alloc(512, 'x'),
  'sub/größer': Buffer.alloc(100_001, 'y'),
  [longName]: Buffer.from('far'),
};

async function read(bytes: AsyncIterable<Uint8Array>): Promise<Readonly<Record<string, Buffer>>> {
  const found: Record<string, Buffer> = {};
  for await (const file of filesOfTar(bytes)) {
    const parts: Uint8Array[] = [];
    for await (const part of file.bytes) parts.push(part);
    found[file.path] = Buffer.concat(parts);
  }
  return found;
}

test('tar reads what is written, names of every length and of every language included', async () => {
  const files = Object.entries(contents).map(([path, bytes]) => ({ path, sizeBytes: bytes.length, read: () => Readable.from([bytes]) }));
  const archive = Buffer.concat(await Readable.from(tarOf(files, 1_700_000_000_000)).toArray());
  writeFileSync(join(folder, 'a.tar'), archive);
  execFileSync('tar', ['-xf', 'a.tar'], { cwd: folder });
  for (const [path, bytes] of Object.entries(contents)) expect(readFileSync(join(folder, path)).equals(bytes), path).toBe(true);
  expect(await read(Readable.from([archive.subarray(0, 1_000), archive.subarray(1_000)]))).toEqual(contents);
});

test.each(['gnu', 'pax', 'ustar'])('what tar writes as %s is read; a reader that leaves a file unread gets the next', async (format) => {
  const wanted = Object.entries(contents).filter(([path]) => format !== 'ustar' || path !== longName);
  for (const [path, bytes] of wanted) {
    mkdirSync(dirname(join(folder, 'in', path)), { recursive: true });
    writeFileSync(join(folder, 'in', path), bytes);
  }
  execFileSync('tar', [`--format=${format}`, '-C', 'in', '-cf', 'a.tar', '.'], { cwd: folder });
  expect(await read(createReadStream(join(folder, 'a.tar')))).toEqual(Object.fromEntries(wanted));
  const names: string[] = [];
  for await (const { path } of filesOfTar(createReadStream(join(folder, 'a.tar')))) names.push(path);
  expect(names.sort()).toEqual(wanted.map(([path]) => path).sort());
});

test('links are refused, and so is what is no archive or breaks off', async () => {
  symlinkSync('/etc/passwd', join(folder, 'link'));
  execFileSync('tar', ['-cf', 'a.tar', 'link'], { cwd: folder });
  await expect(read(createReadStream(join(folder, 'a.tar')))).rejects.toThrow("'link' is a link");
  for (const bytes of [Buffer.alloc(2_000, 'x'), readFileSync(join(folder, 'a.tar')).subarray(0, 100)])
    await expect(read(Readable.from([bytes]))).rejects.toMatchObject({ problem: { code: 'JQ_BAD_REQUEST' } });
});
