const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration as people say it, two units at most: `0.4 s`, `12 s`, `3m 05s`, `2h 40m`, `5d 3h`. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 10 * second) return `${(Math.round(length / 100) / 10).toFixed(1)}s`;
  if (length < minute) return `${Math.round(length / second)}s`;
  if (length < hour) return `${Math.floor(length / minute)}m ${pad(Math.floor((length % minute) / second))}s`;
  if (length < day) return `${Math.floor(length / hour)}h ${pad(Math.floor((length % hour) / minute))}m`;
  return `${Math.floor(length / day)}d ${Math.floor((length % day) / hour)}h`;
}

/** How long ago, in one unit: `now`, `12s ago`, `3m ago`, `2h ago`, `5d ago`. Clocks of two machines differ: the future is now. */
export function formatAgo(thenMs: number, nowMs: number): string {
  const age = nowMs - thenMs;
  if (age < 2 * second) return 'now';
  return `${oneUnit(age)} ago`;
}

/** How long until then, in one unit. */
export function oneUnit(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}m`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)}h`;
  return `${Math.floor(ms / day)}d`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
