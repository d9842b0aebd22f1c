import { JuqueueError } from '@juqueue/core';

export interface ByteRange {
  readonly start: number;
  /** Included. */
  readonly end: number;
}

/**
 * The one range that a Range header asks for of so many bytes; null when all of them are to be sent: without the header, with several
 * ranges or other units. Throws `JQ_RANGE` for one that lies outside.
 */
export function byteRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  if (start >= sizeBytes || (first === '' && Number(last) === 0))
    throw new JuqueueError('JQ_RANGE', `The range ${header} lies outside of the file, which has ${sizeBytes} bytes.`);
  return { start, end };
}
