/** A time limit as sbatch takes it, in whole minutes rounded up as Slurm does itself: `1-02:03:00`. */
export function formatTimeLimit(limitMs: number): string {
  const minutes = Math.max(1, Math.ceil(limitMs / 60_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(minutes / 1440)}-${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}:00`;
}

/** A time limit as Slurm shows it, in milliseconds; null for the words by which it says that it knows none. */
export function parseTimeLimit(text: string): number | 'unlimited' | null {
  const word = text.trim().toLowerCase();
  if (word === 'unlimited' || word === 'infinite') return 'unlimited';
  const [, days, clock] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(word) ?? [];
  if (clock === undefined) return null;
  const parts = clock.split(':').map(Number);
  // With days the first field is hours; without, one field is minutes and two are minutes and seconds.
  const [hours = 0, minutes = 0, seconds = 0] = days !== undefined || parts.length === 3 ? parts : [0, ...parts];
  return (((Number(days ?? 0) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** An instant asked for with `SLURM_TIME_FORMAT=%s`, in epoch milliseconds; null for `N/A`, `Unknown`, `None` and 0. */
export function parseInstant(text: string): number | null {
  return /^\d+$/.test(text) && Number(text) > 0 ? Number(text) * 1000 : null;
}

/** An instant as `sacct --starttime` takes it: local time of this process, whose time zone the command shares. */
export function formatInstant(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
