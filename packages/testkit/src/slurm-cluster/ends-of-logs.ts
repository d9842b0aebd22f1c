import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const linesPerLog = 8;

/** The last lines of each log in the folder, under its name: the logs themselves go when a start fails. */
export function endsOfLogs(folder: string): string {
  if (!existsSync(folder)) return 'it has no logs yet';
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, lines: readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean) }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ name, lines }) => [`--- ${name}`, ...lines.slice(-linesPerLog)].join('\n'))
    .join('\n');
}
