const levels: Readonly<Record<number, string>> = { 30: '', 40: 'warning: ', 50: 'error: ' };

/** A line of the log for people: `14:03:22  request 2 nodes of hpc: ...`; what is no line of ours stays as it is. */
export function prettyLine(line: string): string {
  try {
    const { level, time, msg, ...data } = JSON.parse(line) as { readonly level: number; readonly time: string; readonly msg: string };
    const details = Object.entries(data).map(
      ([name, value]) =>
        `\n          ${name}: ${typeof value === 'string' ? value.replaceAll('\n', '\n            ') : JSON.stringify(value)}`,
    );
    return `${time.slice(11, 19)}  ${levels[level] ?? ''}${msg}${details.join('')}\n`;
  } catch {
    return line;
  }
}
