import type { Run } from '../model/run.ts';
import { tellingLine } from './telling-line.ts';

/** What failures of the same kind have in common. `id` follows from `text`: the same on every machine and after every restart. */
export interface FailureSignature {
  readonly id: string;
  readonly text: string;
}

const longestText = 200;

/**
 * Which kind of failure is this? Null for a run that has not failed. Its sentence without what differs from run to run:
 * numbers, folders, times, addresses, random names. So 1 312 equal failures are one group, whatever their parameters.
 */
export function failureSignature({ status, reason, detail }: Pick<Run, 'status' | 'reason' | 'detail'>): FailureSignature | null {
  if (status !== 'failed') return null;
  const text = cut(signatureText(reason, detail ?? reason));
  return { id: idOf(text), text };
}

/** An exit code and a signal say which kind of failure it is; every other number may be the run's own. */
const ownEnd = /^(exited with code \d+|killed by signal \d+ \(\w+\)|killed by signal \w+)(?:: ([^]*))?$/;

function signatureText(reason: Run['reason'], detail: string): string {
  if (reason === 'time-limit') return 'stopped at its time limit';
  const [, end, words] = ownEnd.exec(detail) ?? [];
  if (end === undefined) return normalised(tellingLine(detail) ?? detail);
  const line = words === undefined ? null : tellingLine(words);
  return line === null ? end : `${end}: ${normalised(line)}`;
}

function normalised(line: string): string {
  return line
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>')
    .replace(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>')
    .replace(/\b0x[0-9a-f]+\b/gi, '<address>')
    .replace(/(?<![\w.])(?:~|\.{1,2})?(?:\/[^\s/'"`:;,()[\]{}<>]+)+\/(?=[^\s/'"`:;,()[\]{}<>])/g, '…/')
    .replace(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b/gi, '<id>')
    .replace(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![a-z])/gi, '<n>')
    .replace(/\d+/g, '<n>');
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** FNV-1a twice from different beginnings, 48 bits: a name that fits into a command line, with no collision to expect below a million kinds. */
function idOf(text: string): string {
  return `${fnv1a(text, 0x811c9dc5).toString(16).padStart(8, '0')}${(fnv1a(text, 0x9dc5811c) >>> 16).toString(16).padStart(4, '0')}`;
}

function fnv1a(text: string, beginning: number): number {
  let hash = beginning;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
