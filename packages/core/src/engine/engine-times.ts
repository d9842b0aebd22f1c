/** Times of the engine, with their reasons. Those of fencing stand in fencing/fencing-times, those of deciding in decide/times. */
export const engineTimes = {
  /** Between two looks at a work-dir that answers with an error. */
  epochRetryMs: 1_000,
  /** How long a command may wait for its events to be durable before it is looked whether that can be. */
  troubleLookMs: 500,
  /** A slow tick may take half of the main thread at most; heartbeats and the API need the rest. */
  tickPauseFactor: 1,
  tickPauseMaxMs: 100,
  /** When a node's link breaks or it says goodbye, its cluster and its folder are asked after these delays: its guard proves a death within 2 s. */
  aftermathReadsMs: [50, 300, 1_000, 2_000, 3_500, 5_000],
  /** An unknown submission is taken as never made when two successful polls this far apart do not know it. */
  unknownSubmitMs: 60_000,
  /** Allocations of a cluster that end without a node: after this many in a row the cluster is held, longer each time. */
  barrenAllocationsMax: 3,
  clusterHoldMs: 10_000,
  clusterHoldMaxMs: 600_000,
  /** Accounting that is down for longer than a day is not waited for: the bill stays marked as provisional. */
  confirmationWaitMs: 86_400_000,
  /** A limit of the cluster passes when other jobs end; asking more often would only be noise. */
  heldBackMs: 60_000,
  /** What is spent is compared with its budget this often while nothing else happens: a node-second or two of a node-hour. */
  budgetLookMs: 5_000,
  /** A released node that has not left after this is cancelled at its cluster. */
  releasePatienceMs: 15_000,
  /** A node that reads a wrong address waits for the next writing of the right one; each is one small file. */
  announceMs: 60_000,
  /** A start has more urgent things to do, and the thread of a compaction would have half of a small machine. */
  compactionRestMs: 30_000,
  /** A compaction that failed, on a full disk for example, would load it again and again. */
  compactionRetryMs: 600_000,
  /** What a stopping manager grants beyond the grace of its runs. */
  stopMarginMs: 10_000,
} as const;
