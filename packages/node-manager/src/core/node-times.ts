/** Times of the NodeManager, with their reasons. Those of fencing that the manager may set come with its welcome. */
export const nodeTimes = {
  /** A restarted manager is back by then; until then attempts that were sent ahead still start, afterwards they wait for it. */
  startsWithoutLinkMs: 60_000,
  /** How long the look into a run's own files may delay the report of its end; on a hung file system it would for ever. */
  lastWordsMs: 2_000,
  /** Slurm signals all processes of a job at once; on a busy machine the node itself hears of it this much later than its runs. */
  doubtMs: 1_000,
  /** A run that lives this long is worth watching; most of those that end sooner write nothing anyway. */
  watchAfterMs: 1_000,
  /** Kills that were not confirmed by then: the spawner is stuck, it is ended and its runs are swept from outside. */
  killPatienceMs: 4_000,
  /** From the last run's stop to the end of the allocation: kill, outcomes, goodbye. Less on short allocations. */
  walltimeMarginMs: 10_000,
  walltimeMarginPart: 0.1,
  /** How long a node that is done waits for the acknowledgement of its outcomes; its spool has them in any case. */
  acknowledgementMs: 30_000,
  /** How long leaving waits for the closing mark in the spool, on a file system that hangs. */
  closeMs: 3_000,
  /** Longer than any timer needs: a wall clock that was set is noticed by then. */
  longestSleepMs: 30_000,
  /** While it executes runs it looks at its clocks this often: after a suspension of the machine no timer is due, and the lease may be long over. */
  clockLookMs: 500,
  /** The most attempts whose end is remembered against late duplicates of their start. */
  rememberedAttempts: 50_000,
} as const;
