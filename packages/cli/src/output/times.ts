const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `2h05m`, `12m04s`, `41s`: the two largest units. */
export function shortDuration(durationMs: number): string {
  const first = units.findIndex(([, ms]) => durationMs >= ms);
  if (first === -1) return '0s';
  const [unit, ms] = units[first] ?? units[3];
  const [nextUnit, nextMs] = units[first + 1] ?? ['', 1];
  const rest = nextUnit === '' ? '' : `${String(Math.floor((durationMs % ms) / nextMs)).padStart(2, '0')}${nextUnit}`;
  return `${Math.floor(durationMs / ms)}${unit}${rest}`;
}

/** How long ago that was, or a dash when it has not been. */
export function ago(timeMs: number | null, nowMs: number): string {
  return timeMs === null ? '-' : `${shortDuration(Math.max(0, nowMs - timeMs))} ago`;
}

/** `30`, `30s`, `10m`, `1h30m`, `1d` in milliseconds; null when it is none of these. */
export function parseDuration(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  if (!/^(\d+[dhms])+$/.test(text)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([dhms])/g))
    totalMs += Number(amount) * (units.find(([name]) => name === unit)?.[1] ?? 0);
  return totalMs;
}
