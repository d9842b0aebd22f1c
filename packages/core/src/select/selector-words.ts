/** A piece of the reader's own text inside a sentence, cut where it is long. */
export function showText(text: string): string {
  return `'${text.length > longestShown ? `${text.slice(0, longestShown)}…` : text}'`;
}

const longestShown = 60;
