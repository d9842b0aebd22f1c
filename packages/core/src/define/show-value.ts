/** A value of a definition as a message shows it: short, and JSON where that is. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? JSON.stringify(shorten(value)) : String(value);
}

/** A name or text as a message shows it. */
export function shorten(text: string): string {
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}…`;
}

/** Enough to recognise the value; a whole script would bury the sentence. */
const longestShown = 60;
