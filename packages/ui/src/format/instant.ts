/** `2026-11-20T21:04:09Z`: what is copied and compared. */
export function isoInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The same in the time of this browser: `2026-11-20 22:04:09 GMT+1`. */
export function localInstant(ms: number): string {
  const date = new Date(ms);
  const zone =
    new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(date).find((part) => part.type === 'timeZoneName')?.value ?? '';
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${localClock(ms)} ${zone}`.trim();
}

/** `22:04:09` in the time of this browser. */
export function localClock(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
