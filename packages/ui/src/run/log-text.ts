import Anser from 'anser';

/** A piece of a line in one style. `colour` is a name of the theme's palette of sixteen. */
export interface Segment {
  readonly text: string;
  readonly colour: string | null;
  readonly background: string | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isUnderlined: boolean;
  readonly isMatch: boolean;
}

/** A line of a log by the byte at which it begins, which never changes and so is its address. */
export interface LogLine {
  readonly offset: number;
  readonly text: string;
}

const newline = 10;
const decoder = new TextDecoder();

/**
 * The lines of a window that begins at byte `from`. A window that begins inside of a line leaves that line out, unless it
 * begins at 0; a last line without its end is a line: programs write half of one and think. Raw ones show what a terminal hides.
 */
export function linesOf(bytes: Uint8Array, from: number, isAtStart: boolean, isRaw = false): readonly LogLine[] {
  const lines: LogLine[] = [];
  let begin = isAtStart ? 0 : bytes.indexOf(newline) + 1;
  if (!isAtStart && begin === 0) return [];
  while (begin < bytes.length) {
    const end = bytes.indexOf(newline, begin);
    const stop = end === -1 ? bytes.length : end;
    const text = decoder.decode(bytes.subarray(begin, stop));
    lines.push({ offset: from + begin, text: isRaw ? withVisibleControls(text) : withoutProgress(text) });
    begin = stop + 1;
  }
  return lines;
}

/** What a terminal would show of a line that was written over and over: its last picture. */
export function withoutProgress(line: string): string {
  return line.split('\r').findLast((picture) => picture !== '') ?? '';
}

const controls = /[\u0000-\u0008\u000b-\u001f]/g;
const controlPictures = 0x2400;

/** Everything that the program wrote: controls as their pictures, such as `␛` and `␍`. */
export function withVisibleControls(line: string): string {
  return line.replaceAll(controls, (control) => String.fromCodePoint(controlPictures + (control.codePointAt(0) ?? 0)));
}

// Links and titles (OSC), and whatever else moves a cursor: a log has neither.
const operatingSystemCommand = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)/g;
const otherControls = /\u001b\[[0-9;?]*[A-Za-ln-z]|\u001b[()][A-Z0-9]|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f]/g;

/** The line as pieces of text in their styles; where `match` is given its occurrences are pieces of their own. */
export function segmentsOf(line: string, match: string): readonly Segment[] {
  const clean = line.replaceAll(operatingSystemCommand, '').replaceAll(otherControls, '');
  const styled = clean.includes('\u001b')
    ? Anser.ansiToJson(clean, { use_classes: true, remove_empty: true }).map(({ content, fg, bg, decorations }) => ({
        text: content,
        colour: paletteName(fg),
        background: paletteName(bg),
        isBold: decorations.includes('bold'),
        isDim: decorations.includes('dim'),
        isUnderlined: decorations.includes('underline'),
        isMatch: false,
      }))
    : [{ text: clean, colour: null, background: null, isBold: false, isDim: false, isUnderlined: false, isMatch: false }];
  return match === '' ? styled : styled.flatMap((segment) => split(segment, match));
}

function paletteName(name: string | null): string | null {
  return name !== null && /^ansi-(bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/.test(name) ? name.slice(5) : null;
}

function split(segment: Segment, match: string): readonly Segment[] {
  const pieces: Segment[] = [];
  const [text, wanted] = [segment.text.toLowerCase(), match.toLowerCase()];
  let at = 0;
  for (let found = text.indexOf(wanted); found !== -1; found = text.indexOf(wanted, at)) {
    if (found > at) pieces.push({ ...segment, text: segment.text.slice(at, found) });
    pieces.push({ ...segment, text: segment.text.slice(found, found + wanted.length), isMatch: true });
    at = found + wanted.length;
  }
  if (at < segment.text.length) pieces.push({ ...segment, text: segment.text.slice(at) });
  return pieces;
}
