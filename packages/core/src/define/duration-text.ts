import { assert } from '../model/assert.ts';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const durationExpectation = 'a duration such as 90s, 10m, 1h30m or 01:30:00';

/**
 * The duration in milliseconds, or null when the text is none. Forms: units largest first (`1d12h`, `1h 30m`, `1.5h`, `500ms`)
 * and Slurm's three fields `[D-]HH:MM:SS`. Two fields are refused: some programs read `01:30` as minutes, others as hours.
 */
export function parseDuration(text: string): number | null {
  const clock = /^(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)$/.exec(text.trim());
  if (clock !== null) {
    const [days, hours, minutes, seconds] = clock.slice(1).map((field) => Number(field ?? 0));
    return durationOf([
      [days, 'd'],
      [hours, 'h'],
      [minutes, 'm'],
      [seconds, 's'],
    ]);
  }
  const units = /^(?:(\d+(?:\.\d+)?)d)? ?(?:(\d+(?:\.\d+)?)h)? ?(?:(\d+(?:\.\d+)?)m(?:in)?)? ?(?:(\d+(?:\.\d+)?)s)? ?(?:(\d+)ms)?$/.exec(
    text.trim(),
  );
  if (units === null || units[0] === '') return null;
  const [days, hours, minutes, seconds, milliseconds] = units.slice(1).map((field) => Number(field ?? 0));
  return durationOf([
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'm'],
    [seconds, 's'],
    [milliseconds, 'ms'],
  ]);
}

/** The duration in milliseconds of a text that a schema has let through. */
export function durationMs(text: string): number {
  const parsed = parseDuration(text);
  assert(parsed !== null, `the schema lets through ${text}, which is no duration`);
  return parsed;
}

/** Null for durations that are too long for a date. */
function durationOf(parts: readonly (readonly [number | undefined, string])[]): number | null {
  const sumMs = Math.round(parts.reduce((sum, [count, unit]) => sum + (count ?? 0) * (unitMs[unit] ?? 0), 0));
  return sumMs <= longestMs ? sumMs : null;
}

/** A hundred years: no walltime is longer, and sums with it stay exact. */
const longestMs = 100 * 366 * 86_400_000;
