/**
 * What a terminal would still show of lines that overwrite themselves: progress bars end each picture with a carriage
 * return, and of ten thousand pictures only the last counts. Line ends, CRLF ones too, and ANSI sequences stay. A bar that
 * goes on in the next window ends in a carriage return here, and one that began in the window before (`isMidLine`) starts
 * with one, so that whoever appends the windows overwrites too.
 */
export function collapseProgress(bytes: Uint8Array, isMidLine: boolean): Uint8Array {
  if (!bytes.includes(carriageReturn)) return bytes;
  // One character per byte, whatever the encoding: only ASCII is looked at.
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').split('\n');
  const collapsed = lines.map((line, index) => lastPicture(line, index === lines.length - 1, isMidLine && index === 0));
  return Buffer.from(collapsed.join('\n'), 'latin1');
}

const carriageReturn = 13;

function lastPicture(line: string, isOpen: boolean, isMidLine: boolean): string {
  if (!line.includes('\r')) return line;
  const end = line.endsWith('\r') ? '\r' : '';
  const pictures = line.split('\r');
  const shown = pictures.findLast((picture) => picture !== '') ?? '';
  const overwrites = pictures.filter((picture) => picture !== '').length > 1 || line.startsWith('\r');
  return `${isMidLine && overwrites ? '\r' : ''}${shown}${isOpen || !overwrites ? end : ''}`;
}
