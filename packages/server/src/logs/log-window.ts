import type { FileHandle } from 'node:fs/promises';
import { collapseProgress } from './collapse-progress.ts';

/** The most bytes of one answer. */
export const maxWindowBytes = 1_048_576;

/** Which part of a log: from a byte on, its last bytes, or its last lines. */
export type LogPart =
  | { readonly kind: 'from'; readonly from: number; readonly bytes: number }
  | { readonly kind: 'end'; readonly bytes: number }
  | { readonly kind: 'tail'; readonly lines: number };

/** `size` is the file's length at that moment; the next window begins at `next`. */
export interface LogWindow {
  readonly size: number;
  readonly from: number;
  readonly next: number;
  readonly bytes: Uint8Array;
}

export const emptyLog: LogWindow = { size: 0, from: 0, next: 0, bytes: new Uint8Array() };

/** The part as it is (`isRaw`), or as a terminal would show it, without the overwritten pictures of progress bars. */
export async function readWindow(file: FileHandle, part: LogPart, isRaw: boolean): Promise<LogWindow> {
  const { size } = await file.stat();
  const { from, bytes } = await readPart(file, part, size);
  const shown = isRaw ? bytes : collapseProgress(bytes, from > 0);
  return { size, from, next: from + bytes.length, bytes: shown };
}

async function readPart(file: FileHandle, part: LogPart, size: number): Promise<{ readonly from: number; readonly bytes: Uint8Array }> {
  if (part.kind !== 'tail') {
    const from = part.kind === 'end' ? Math.max(0, size - Math.min(part.bytes, maxWindowBytes)) : Math.min(part.from, size);
    return { from, bytes: await readAt(file, from, Math.min(part.bytes, maxWindowBytes, size - from)) };
  }
  const begin = Math.max(0, size - maxWindowBytes);
  const bytes = await readAt(file, begin, size - begin);
  const cut = startOfLastLines(bytes, part.lines);
  return { from: begin + cut, bytes: bytes.subarray(cut) };
}

/** Where the last `lines` lines begin; a final line without its newline counts. */
function startOfLastLines(bytes: Uint8Array, lines: number): number {
  const newline = 10;
  let end = bytes.length;
  if (bytes[end - 1] === newline) end -= 1;
  for (let left = lines; left > 0; left -= 1) {
    const at = bytes.lastIndexOf(newline, end - 1);
    if (at === -1 || end === 0) return 0;
    end = at;
  }
  return lines === 0 ? bytes.length : end + 1;
}

/** Fewer bytes than asked for when the file has become shorter meanwhile. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
