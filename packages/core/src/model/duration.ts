const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The duration for people, in its two largest units: `23 h 58 min`, `1.3 s`, `420 ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${Number((durationMs / 1_000).toFixed(1))} s`;
  const first = units.findIndex(([, ms]) => durationMs >= ms);
  const parts: string[] = [];
  let rest = durationMs;
  for (const [unit, ms] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ');
}
