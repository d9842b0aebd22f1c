/** Longest name in bytes: a file system's 255, less room for suffixes that we or a program append. */
const longestName = 200;

export const nameExpectation = `letters, digits and . _ - + = , (at most ${longestName})`;

/**
 * What keeps this text from being the name of an experiment, run or cluster, as the end of a sentence; null when nothing
 * does. Names of experiments and runs become folders of the work-dir: one path component, the same on every file system.
 */
export function nameObjection(name: string): string | null {
  if (name === '') return 'is empty';
  const bad = /[^A-Za-z0-9._\-+=,]/u.exec(name);
  if (bad !== null) return `holds ${JSON.stringify(bad[0])}`;
  if (name.length > longestName) return `is ${name.length} characters long`;
  if (/^[.-]/.test(name)) return `starts with '${name.charAt(0)}'`;
  if (name.toLowerCase() === 'logs') return 'is kept for the folder of logs';
  return null;
}

/** Names that differ only by case are one folder on some file systems. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}
