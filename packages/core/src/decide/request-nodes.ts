import type { ClusterDefinition, ScalingPolicy } from '../model/definition.ts';
import type { AllocationId, ClusterName } from '../model/ids.ts';
import type { AllocationDemand } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Growth } from './growth.ts';
import type { Cursor } from './merge-ready.ts';
import type { Room } from './rooms.ts';
import { assertNever } from '../model/assert.ts';
import { compareIds } from '../model/ids.ts';
import { fitsInto, freshLifeMs, neededLifeMs, needOf, shareOf } from './fit.ts';
import { freshNodeRefusal } from './growth.ts';
import { knownDemand } from './known-demand.ts';
import { ReadyMerge, restOf } from './merge-ready.ts';
import { compareReadyRuns, expectedTimes } from './order-runs.ts';
import { isOpenToRuns, isPending } from './nodes.ts';
import type { Seat } from './place-runs.ts';
import { placeRuns } from './place-runs.ts';
import { attemptTimeOf } from './predict.ts';
import { longestNeedMs, staggeredWalltimes } from './stagger-walltimes.ts';
import { ClusterRooms, emptyRoom } from './rooms.ts';
import { decideTimes } from './times.ts';

export interface Demand {
  readonly requests: readonly AllocationDemand[];
  /** Pending allocations that no waiting run would use, youngest first. */
  readonly surplus: readonly AllocationId[];
  /** Clusters in which a waiting run would use at least one pending or further node. */
  readonly wanted: ReadonlySet<ClusterName>;
  /** Clusters that wait until more runs share a further node, with how full it would be, 0 to 1. */
  readonly unsaturated: ReadonlyMap<ClusterName, number>;
  /** Shapes of which a run found neither a pending nor a further node, with that run. */
  readonly refused: readonly { readonly cursor: Cursor; readonly run: Run }[];
  /** Where the waiting runs would go: pending allocations, and imagined nodes. */
  readonly seats: readonly Seat[];
  /** The nodes that were imagined, in the order in which they would be used; the policy may request fewer. */
  readonly imagined: ReadonlyMap<ClusterName, readonly Room[]>;
}

/**
 * How many nodes are to be requested for what waits? What if: the waiting runs are placed by the same code as always, on
 * the pending allocations first and on imagined nodes then, as many as the limits allow. The scaling policy says how full
 * an imagined node must be to be requested. A run that no node of the cluster could ever run imagines none. `starting`: the
 * runs that the same plan starts on nodes.
 */
export function requestNodes(
  snapshot: Snapshot,
  waiting: readonly Cursor[],
  starting: readonly Seat[],
  growth: ReadonlyMap<ClusterName, Growth>,
  nowMs: number,
): Demand {
  const rooms = new Map<ClusterName, ClusterRooms>();
  for (const { cluster } of growth.values()) rooms.set(cluster.name, new ClusterRooms(cluster));
  const pending = pendingRooms(snapshot, nowMs);
  for (const room of pending) if (!snapshot.spentBudgets.has(room.cluster.name)) rooms.get(room.cluster.name)?.add(room);

  const imagined = new Map<ClusterName, Room[]>();
  const refused: { cursor: Cursor; run: Run }[] = [];
  const open = (cluster: ClusterDefinition, run: Run): Room | null => {
    const opened = imagined.get(cluster.name) ?? [];
    if (opened.length >= (growth.get(cluster.name)?.left ?? 0) || freshNodeRefusal(snapshot, run, cluster) !== null) return null;
    const room = emptyRoom(
      cluster,
      `further node ${String(opened.length).padStart(6, '0')}`,
      imaginedRank,
      cluster.nodeResources,
      freshDeadlineMs(cluster.walltimeMs, nowMs),
    );
    opened.push(room);
    imagined.set(cluster.name, opened);
    return room;
  };
  const seats = placeRuns(
    snapshot,
    new ReadyMerge(waiting, expectedTimes(snapshot)),
    { rooms, open, refuse: (cursor, run) => refused.push({ cursor, run }) },
    nowMs,
  );

  const guestsOf = new Map<Room, Run[]>();
  for (const { room, run } of seats) {
    const guests = guestsOf.get(room);
    if (guests === undefined) guestsOf.set(room, [run]);
    else guests.push(run);
  }
  const requests: AllocationDemand[] = [];
  const unsaturated = new Map<ClusterName, number>();
  for (const [name, opened] of imagined) {
    const ofCluster = growth.get(name);
    if (ofCluster === undefined) continue;
    const { cluster } = ofCluster;
    const guests = opened.flatMap((room) => guestsOf.get(room) ?? []);
    const fill = guests.reduce((sum, run) => sum + shareOf(needOf(run.definition, cluster), cluster.nodeResources), 0);
    const byPolicy = countByPolicy(cluster.scalingPolicy, fill, opened.length);
    const seated = seats.filter((seat) => seat.room.cluster.name === name).map((seat) => seat.run);
    const beyond = runsBeyond(snapshot, cluster, refused);
    const byTimes = beyond === null ? null : knownDemand(snapshot, ofCluster, [...seated, ...beyond], starting, opened.length, nowMs);
    const count = byPolicy === 0 && !areServed(snapshot, cluster, guests, nowMs) ? 1 : Math.min(byPolicy, byTimes ?? byPolicy);
    if (byPolicy < opened.length) unsaturated.set(name, fill - byPolicy);
    const walltimesMs = staggeredWalltimes(cluster, ofCluster.open, count, longestNeedMs(snapshot, cluster, guests));
    if (count > 0)
      requests.push({
        cluster: name,
        count,
        ...(walltimesMs === null ? {} : { walltimesMs }),
        because: because(guests.length, count, cluster),
      });
  }
  requests.sort((a, b) => compareIds(a.cluster, b.cluster));
  const surplus = pending.filter((room) => !guestsOf.has(room)).map((room) => room.id);
  return {
    requests,
    surplus: surplus.reverse(),
    wanted: new Set([...guestsOf.keys()].map((room) => room.cluster.name)),
    unsaturated,
    refused,
    seats,
    imagined,
  };
}

/** Runs of this cluster for which the limits leave no node now, in order; null when they are too many to be projected. */
function runsBeyond(snapshot: Snapshot, cluster: ClusterDefinition, refused: Demand['refused']): readonly Run[] | null {
  const cursors = refused
    .filter(({ run }) => run.definition.clusters.includes(cluster.name) && freshNodeRefusal(snapshot, run, cluster) === null)
    .map(({ cursor }) => cursor);
  if (cursors.reduce((sum, { left }) => sum + left, 0) > decideTimes.projectedRunsMax) return null;
  const expectedMs = expectedTimes(snapshot);
  return cursors.flatMap((cursor) => [...restOf(cursor)]).sort((a, b) => compareReadyRuns(a, b, expectedMs));
}

/** How many of the `imagined` nodes a policy wants for work that would fill `fill` of them. */
export function countByPolicy(policy: ScalingPolicy, fill: number, imagined: number): number {
  const full = Math.min(imagined, Math.floor(fill + roundingSlack));
  switch (policy.kind) {
    case 'maximize_running':
      return imagined;
    case 'minimize_jobs':
      return full;
    case 'min_saturation':
      return full < imagined && fill - full + roundingSlack >= policy.saturation ? full + 1 : full;
    default:
      return assertNever(policy);
  }
}

/** Shares are sums of fractions; a third of a node three times is a node. */
const roundingSlack = 1e-9;
/** Pending allocations that the cluster has started come first, then submitted ones, then those only requested. */
const pendingRanks = { running: 1, submitted: 2, requested: 3, ended: 4 } as const;
const imaginedRank = 5;

/** In order of use: those nearest to being a node first, older before younger. */
function pendingRooms(snapshot: Snapshot, nowMs: number): readonly Room[] {
  const rooms: Room[] = [];
  for (const allocation of snapshot.allocations) {
    const cluster = snapshot.clusters.get(allocation.cluster);
    if (cluster === undefined || !isPending(allocation)) continue;
    const { walltimeMs, startedAtMs } = allocation;
    const deadlineMs = startedAtMs === null || walltimeMs === null ? freshDeadlineMs(walltimeMs, nowMs) : startedAtMs + walltimeMs;
    rooms.push(emptyRoom(cluster, allocation.id, pendingRanks[allocation.status], allocation.resources, deadlineMs));
  }
  return rooms.sort((a, b) => a.rank - b.rank || compareIds(a.id, b.id));
}

function freshDeadlineMs(walltimeMs: number | null, nowMs: number): number | null {
  return walltimeMs === null ? null : nowMs + freshLifeMs(walltimeMs);
}

/** Is there, for each of these runs, a node or a pending allocation that could take it once it has room? If not, it would starve. */
function areServed(snapshot: Snapshot, cluster: ClusterDefinition, runs: readonly Run[], nowMs: number): boolean {
  const hosts = snapshot.allocations.filter(
    (allocation) => allocation.cluster === cluster.name && (isOpenToRuns(allocation) || isPending(allocation)),
  );
  return runs.every((run) => {
    const lifeMs = neededLifeMs(run, attemptTimeOf(snapshot, run), cluster);
    return hosts.some(
      ({ resources, node }) =>
        fitsInto(needOf(run.definition, cluster), resources) && (node?.deadlineMs == null || node.deadlineMs - nowMs >= lifeMs),
    );
  });
}

function because(runs: number, count: number, cluster: ClusterDefinition): string {
  return `${runs} waiting ${runs === 1 ? 'run' : 'runs'} would use ${count} ${count === 1 ? 'node' : 'nodes'} of ${cluster.slotsPerNode} slots`;
}
