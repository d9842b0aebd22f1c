import { JuqueueError } from '@juqueue/core';

const longestPathBytes = 1_024;
const longestNameBytes = 255;
const control = /[\u0000-\u001f\u007f-\u009f]/;

/** The path, when it may be that of a file in an artifact or a job's folder: relative, and it stays below. Throws `JQ_BAD_PATH`. */
export function checkedFilePath(path: string): string {
  const fault = faultOf(path);
  if (fault !== null)
    throw new JuqueueError(
      'JQ_BAD_PATH',
      `The path ${JSON.stringify(path.slice(0, 200))} ${fault}.`,
      'Expected is a relative path such as results/output.bin.',
    );
  return path;
}

function faultOf(path: string): string | null {
  if (path === '') return 'is empty';
  if (Buffer.byteLength(path) > longestPathBytes) return `is longer than ${longestPathBytes} bytes`;
  if (control.test(path)) return 'has control characters';
  if (!path.isWellFormed()) return 'is not well-formed Unicode';
  if (path.includes('\\')) return 'has a backslash';
  if (path.startsWith('/')) return 'is absolute';
  for (const name of path.split('/')) {
    if (name === '') return 'has an empty part';
    if (name === '.' || name === '..') return `has the part '${name}'`;
    if (Buffer.byteLength(name) > longestNameBytes) return `has a part of more than ${longestNameBytes} bytes`;
  }
  return null;
}
