/** Times towards Slurm, with their reasons. */
export const slurmTimes = {
  /** The thread that writes files before submissions; without any it would only hold memory. */
  filesIdleMs: 30_000,
  /** What centres ask of programs: once a minute, however many allocations. */
  pollIntervalMs: 60_000,
  /** Hints of changes come in bursts when nodes leave; one question within this time answers them all. */
  pollSpacingMs: 3_000,
  /** sbatch itself repeats a refused request for 120 s; less would turn its patience into an unknown submission. */
  submitLimitMs: 180_000,
  /** scancel repeats for up to 95 s while a job changes its state. */
  cancelLimitMs: 120_000,
  /** What commands get beyond two tries of Slurm's own MessageTimeout. */
  commandMarginMs: 30_000,
  /** From SIGTERM to SIGKILL of a command over its limit. */
  commandGraceMs: 2_000,
  /** Slurm's own default, until it was asked. */
  messageTimeoutMs: 10_000,
  /** A question that failed for the same reason is not worth another one sooner. */
  probeRetryMs: 60_000,
  /** What the engine itself waits before it believes that a submission was never made. */
  engineUnknownMs: 60_000,
  /** A file system that takes longer for one small file takes no submissions. */
  configWriteMs: 30_000,
  /** sacct is asked from this long before the request on: clocks differ, and local times may be ambiguous by an hour. */
  accountingBeforeMs: 24 * 3_600_000,
  /** Slurm sends the signal before the end up to a minute early. */
  signalMarginMs: 60_000,
  /** Partitions change when an administrator changes them. */
  partitionsMs: 600_000,
  /** A job that left squeue while sacct calls it alive: after this the controller, which keeps the queue, is believed. */
  disputeMs: 300_000,
  /** An allocation that failed this soon after its start blames its host. */
  shortLifeMs: 20_000,
  /** A host that killed two allocations at once is left out for this long. */
  excludedForMs: 3_600_000,
} as const;
