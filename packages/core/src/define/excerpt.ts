import type { Place } from './source.ts';

/** Longer lines are cut, so that the carets stay visible in a terminal. */
const longestShown = 100;
/** Characters kept before the place when a line is cut. */
const lead = 50;

/** The line of a place with its number, and carets below the place. */
export function excerptOf(line: string, place: Place): string {
  const cut = line.length <= longestShown ? 0 : Math.max(0, place.column - 1 - lead);
  const shown = line.slice(cut, cut + longestShown).replaceAll('\t', ' ');
  const offset = place.column - 1 - cut;
  const length = Math.min((place.endColumn ?? place.column + 1) - place.column, longestShown - offset);
  const gutter = `${place.line} | `;
  return `${gutter}${shown}\n${' '.repeat(gutter.length - 2)}| ${' '.repeat(offset)}${'^'.repeat(Math.max(1, length))}`;
}
