/** Times and counts by which decisions are made, each with its reason. Those of the engine stand in engine/engine-times. */
export const decideTimes = {
  /** How long a restarted run works before it is where it was: loading code, data and a checkpoint of a typical training. */
  restartMs: 60_000,
  /** Less work than this between a start and the end of its node is not worth the restart that follows. */
  minSliceWorkMs: 600_000,
  /** Of a short walltime a slice must not take more than this part, or nothing would ever start there. */
  minSliceShareOfWalltime: 0.25,
  /** From the start of an allocation to the hello of its node: what of its walltime no run can use. */
  startUpMs: 120_000,
  startUpShareOfWalltime: 0.1,
  /** Walltimes of nodes that are requested together differ by up to this share, so that their ends come one by one. */
  staggerShare: 0.1,
  /** A run that had so much of a walltime, less the start-up, had all that a node can give it. */
  wholeSliceShare: 0.85,
  /** Slurm counts walltimes in minutes. */
  walltimeStepMs: 60_000,
  /** Surplus requests carry queue age: they are kept this long, because demand comes back more often than it goes for good. */
  pendingHysteresisMs: 300_000,
  /** Work sent ahead of free slots bridges one round trip and one group commit. */
  aheadCoversMs: 50,
  /** From here on the gap between two runs is not worth the loss of choice. */
  aheadBelowMs: 1_000,
  /** A node that dies takes at most this many attempts with it that never began. */
  aheadPerNodeMax: 64,
  /** Progress below this says more about the start than about the pace. */
  progressMin: 0.02,
  progressAfterMs: 60_000,
  /** Demand that changed within this time may change again: runs of one sweep end together. */
  settleMs: 3_000,
  /**
   * What the surplus must have cost, in node-milliseconds, for each run that a move stops. Waiting for the next checkpoint
   * does most of what a long patience would do, so this only keeps a move from being made for a run that ends just now.
   */
  patienceMs: 5_000,
  /** A checkpoint is seen this much later than it is due. */
  saveLagMs: 1_000,
  /** A move whose gain is known must gain this share of what its node would still live: estimates are wrong by less. */
  knownGainShare: 0.5,
  /** Runs that would start from zero are moved only while that is this small against what the nodes cost so far. */
  fromZeroShare: 0.02,
  /** A run this young loses so little by a restart that it may be moved whatever it can do. */
  youngMs: 600_000,
  /** After a move a run works for a while before the next: this long, and this many times what the move cost it. */
  cooldownMs: 300_000,
  cooldownLosses: 10,
  /** Whatever the gain, a run is not driven around for ever. */
  movesPerRunMax: 3,
  /** An end that comes this much sooner is not worth a further node. */
  makespanSlackMs: 60_000,
  /** Nor is one that comes sooner by this share of the work, when runs can be moved together instead. */
  makespanSlackShare: 0.005,
  /** A run that is late by no more than this part of its time ends soon; later than that nobody knows. */
  lateShare: 0.1,
  /** More waiting runs than this are not projected one by one: then every node that may be requested is full for long. */
  projectedRunsMax: 2_000,
  /** Node counts above the fewest that are compared for their bill. */
  projectedNodesAbove: 4,
  /** Runs that are looked at behind one whose time does not fit the nodes that have room, per shape and tick. */
  lookAheadMax: 64,
} as const;
