import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const mebibyte = 1_048_576;

export interface Journey {
  /** The most memory that the serving program had at any time. */
  readonly peakBytes: number;
  readonly sentSha256: string;
  readonly fetchedSha256: string;
  readonly uploadSeconds: number;
  readonly downloadSeconds: number;
}

/** Sends a file of so many MiB to a program of its own that serves artifacts, half of them as a resumed upload, and fetches it again. */
export async function sendAndFetch(sizeMebibytes: number): Promise<Journey> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juqueue-large-'));
  const program = spawn(process.execPath, [new URL('./serve-artifacts.ts', import.meta.url).pathname, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const port = Number(String((await once(program.stdout, 'data'))[0]));
    const { id: artifact } = (await json(port, 'POST', '/artifacts')) as { id: string };
    const { id: upload } = (await json(port, 'POST', '/uploads')) as { id: string };
    const sent = createHash('sha256');
    const begunMs = performance.now();
    const half = Math.floor(sizeMebibytes / 2);
    await send(port, 'PATCH', `/uploads/${upload}`, pieces(0, half, sent), { 'upload-offset': '0' });
    await send(port, 'PATCH', `/uploads/${upload}`, pieces(half, sizeMebibytes, sent), { 'upload-offset': String(half * mebibyte) });
    await send(port, 'PUT', `/artifacts/${artifact}/files/by-upload?upload=${upload}`, Readable.from([]));
    const sentSha256 = sent.digest('hex');
    await send(port, 'PUT', `/artifacts/${artifact}/files/at-once`, pieces(0, sizeMebibytes, createHash('sha256')), {
      'content-sha256': sentSha256,
    });
    const sentMs = performance.now();
    const fetched = createHash('sha256');
    const answer = await send(port, 'GET', `/artifacts/${artifact}/files/by-upload`, Readable.from([]), {}, false);
    for await (const piece of answer) fetched.update(piece as Buffer);
    const fetchedMs = performance.now();
    const status = await readFile(`/proc/${program.pid}/status`, 'utf8');
    return {
      peakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1_024,
      sentSha256,
      fetchedSha256: fetched.digest('hex'),
      uploadSeconds: (sentMs - begunMs) / 1_000,
      downloadSeconds: (fetchedMs - sentMs) / 1_000,
    };
  } finally {
    program.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Mebibytes number `from` to `to`, each of other bytes. */
function pieces(from: number, to: number, hash: ReturnType<typeof createHash>): Readable {
  return Readable.from(
    (function* () {
      const piece = Buffer.alloc(mebibyte, 7);
      for (let index = from; index < to; index++) {
        piece.writeUInt32LE(index, 0);
        hash.update(piece);
        yield Buffer.from(piece);
      }
    })(),
  );
}

async function send(
  port: number,
  method: string,
  path: string,
  body: Readable,
  headers: Readonly<Record<string, string>> = {},
  drains = true,
): Promise<IncomingMessage> {
  const outgoing = request({ port, host: '127.0.0.1', method, path, headers: { 'content-type': 'application/octet-stream', ...headers } });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  await pipeline(body, outgoing);
  const [answer] = await answered;
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${method} ${path}: ${answer.statusCode}`);
  if (drains) answer.resume();
  return answer;
}

async function json(port: number, method: string, path: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { 'content-type': 'application/json' }, body: '{}' });
  return answer.json();
}
