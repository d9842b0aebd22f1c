/** The hub's times, in one place. Tests use shorter ones. */
export interface HubTimes {
  /** How long a claim holds without a renewal. Agents renew after a third of it. */
  readonly leaseMs: number;
  /** How long after the end of a lease its job is given away: the agent's clock may run slower, and its kill takes a moment. */
  readonly fenceMs: number;
  /** An offer that is not claimed after this is offered anew, elsewhere if possible. */
  readonly offerMs: number;
  /** A message that an agent took and did not acknowledge is delivered again after this. */
  readonly deliveryMs: number;
  /** The longest that a pull, or a question for events, waits for something to tell. */
  readonly longestWaitMs: number;
  /** The first pause before a webhook is tried again; each further one doubles. */
  readonly webhookRetryMs: number;
  /** Events that need not be kept are removed this often. */
  readonly pruneMs: number;
  /** Leases and offers are looked at this often. */
  readonly watchMs: number;
  /** How long a worker of EMX2 keeps its jobs without a word: it knows no leases, and tells every two minutes that it lives. */
  readonly workerPatienceMs: number;
}

export const defaultHubTimes: HubTimes = {
  leaseMs: 120_000,
  fenceMs: 60_000,
  offerMs: 60_000,
  deliveryMs: 30_000,
  longestWaitMs: 25_000,
  webhookRetryMs: 5_000,
  pruneMs: 3_600_000,
  watchMs: 1_000,
  workerPatienceMs: 390_000,
};
