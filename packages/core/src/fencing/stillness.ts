/**
 * For how long a counter in the work-dir has been seen to stand still. Only spans between a moment that is certain (the
 * counter moved, its writer was heard, a read completed) and the beginning of the next read that *completed* count:
 *
 *   certain ──── counts ──── read begins ──(hung: does not count)── completes ──── counts ──── read begins …
 *   certain ──────────────── does not count ─────────────────────── a read fails ── counts ──── read begins …
 *
 * So a file system that hangs or refuses makes nobody look still, and nothing looks still before it was looked at. Times
 * are those of an awake clock; modification times are never compared.
 */
export interface Stillness {
  /** As last read; null before the first read, and while the file does not exist. */
  readonly counter: number | null;
  readonly stillMs: number;
  readonly certainAtMs: number;
  readonly readBeganAtMs: number | null;
}

export function startStillness(nowMs: number): Stillness {
  return { counter: null, stillMs: 0, certainAtMs: nowMs, readBeganAtMs: null };
}

/** The writer was heard by another channel, now. A read that is under way cannot speak about the time before. */
export function heard(stillness: Stillness, nowMs: number): Stillness {
  return { ...stillness, stillMs: 0, certainAtMs: nowMs };
}

export function readBegan(stillness: Stillness, nowMs: number): Stillness {
  return { ...stillness, readBeganAtMs: nowMs };
}

/** `counter` is null when there is no file. A counter seen for the first time has moved; one that vanished could not be read. */
export function readCompleted(stillness: Stillness, counter: number | null, nowMs: number): Stillness {
  const { readBeganAtMs, certainAtMs } = stillness;
  if (readBeganAtMs === null || (counter === null && stillness.counter !== null)) return readFailed(stillness, nowMs);
  const stillMs = counter === stillness.counter ? stillness.stillMs + Math.max(0, readBeganAtMs - certainAtMs) : 0;
  return { counter, stillMs, certainAtMs: nowMs, readBeganAtMs: null };
}

export function readFailed(stillness: Stillness, nowMs: number): Stillness {
  return { ...stillness, certainAtMs: nowMs, readBeganAtMs: null };
}
