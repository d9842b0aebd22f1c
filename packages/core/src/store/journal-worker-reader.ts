import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { FrameHeader } from './journal-format.ts';
import { frameHeaderLength, frameMagic, isFrameIntact, peekFrame } from './journal-format.ts';

/** Most frames are far shorter; a longer one gets a window of its own size. */
const windowLength = 1 << 20;

export interface Frame {
  readonly header: FrameHeader;
  /** Offset behind the frame. */
  readonly end: number;
  readonly text: () => string;
}

/** Reads the frames of one segment file, forwards, through a window. Runs in the journal's thread. */
export class FrameReader implements Disposable {
  readonly #file: number;
  /** Where reading ends: the end of the file, or earlier. */
  readonly end: number;
  #offset: number;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(path: string, offset: number, end: number | null) {
    this.#file = openSync(path, 'r');
    const { size } = fstatSync(this.#file);
    this.end = end === null ? size : Math.min(size, end);
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The frame at the offset, which moves behind it; null when none stands there intact, at the end for example. */
  next(): Frame | null {
    const header = this.#peek(frameHeaderLength);
    if (header === null) return null;
    const start = this.#show(frameHeaderLength + header.textLength);
    if (start === null || !isFrameIntact(this.#window, start, header)) return null;
    const window = this.#window;
    const textAt = start + frameHeaderLength;
    this.#offset += frameHeaderLength + header.textLength;
    return { header, end: this.#offset, text: () => window.toString('utf8', textAt, textAt + header.textLength) };
  }

  /** Whether behind the offset stands a frame that was written when the byte at the offset was durable already. */
  isFollowedByLaterFrames(): boolean {
    const rest = this.#read(this.#offset, Math.max(0, this.end - this.#offset));
    for (let at = rest.indexOf(frameMagic); at !== -1; at = rest.indexOf(frameMagic, at + 1)) {
      const header = peekFrame(rest, at);
      if (header !== null && header.syncedLength > this.#offset && isFrameIntact(rest, at, header)) return true;
    }
    return false;
  }

  #peek(length: number): FrameHeader | null {
    const start = this.#show(length);
    return start === null ? null : peekFrame(this.#window, start);
  }

  /** Brings `length` bytes from the offset on into the window and answers where they begin in it. */
  #show(length: number): number | null {
    if (this.#offset + length > this.end) return null;
    if (this.#offset < this.#windowAt || this.#offset + length > this.#windowAt + this.#window.length) {
      this.#window = this.#read(this.#offset, Math.min(Math.max(length, windowLength), this.end - this.#offset));
      this.#windowAt = this.#offset;
      if (this.#window.length < length) return null;
    }
    return this.#offset - this.#windowAt;
  }

  #read(from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(this.#file, bytes, filled, length - filled, from + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
