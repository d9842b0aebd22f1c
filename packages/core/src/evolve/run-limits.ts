/** Limits of restarts, each with its reason. */
export const runLimits = {
  /** A program that kills its node does so every time; five deaths are no accident any more. */
  crashLimit: 5,
  /** One stop can hit just before a checkpoint; two in a row mean that none comes. */
  stopsWithoutProgress: 2,
  /** Long enough for a full disk or a busy licence server to recover, short against any queue. */
  retryDelayMs: 5_000,
} as const;
