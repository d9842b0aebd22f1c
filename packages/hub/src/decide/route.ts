import type { Capability } from '../agent-protocol/messages.ts';
import type { AgentLoad } from '../model/agent.ts';
import type { JobState } from '../model/job.ts';

/** Why no agent gets the job now, as the agent says that is nearest to taking it: from the farthest to the nearest. */
export const routeObstacles = ['no-agent', 'host-not-allowed', 'too-large', 'agent-silent', 'draining', 'declined', 'busy'] as const;
export type RouteObstacle = (typeof routeObstacles)[number];

export type Route = { readonly kind: 'agent'; readonly agent: string } | { readonly kind: 'wait'; readonly obstacle: RouteObstacle };

/** A slot that is free within this is worth waiting for: a new node takes longer to come, and costs. */
export const soonMs = 60_000;

export interface RouteQuestion {
  readonly job: Pick<JobState, 'owner' | 'needs'>;
  readonly agents: readonly AgentLoad[];
  /** Agents that declined the job or let its offer lapse a short while ago. */
  readonly avoided: ReadonlySet<string>;
  readonly nowMs: number;
  /** An agent that has not been heard for this long gets no offers. */
  readonly silentMs: number;
}

/**
 * Which agent the job is offered to. Of those that can execute it and let its owner in: one with a free slot on a node that is
 * paid for already; else the one whose slot is free soonest, when that is soon; else one that may request a node. Among equals the
 * one that has least to do for its size; ties by name.
 */
export function routeJob({ job, agents, avoided, nowMs, silentMs }: RouteQuestion): Route {
  let nearest: RouteObstacle = 'no-agent';
  const able: AgentLoad[] = [];
  for (const agent of agents) {
    const obstacle = obstacleOf(agent, job, nowMs, silentMs) ?? (avoided.has(agent.name) ? 'declined' : null);
    if (obstacle === null) able.push(agent);
    else if (routeObstacles.indexOf(obstacle) > routeObstacles.indexOf(nearest)) nearest = obstacle;
  }
  const best = able.sort((a, b) => compareAgents(a, b, job.needs.resources.slots))[0];
  return best === undefined ? { kind: 'wait', obstacle: nearest } : { kind: 'agent', agent: best.name };
}

/** The capability by which the agent would execute the job; null when it cannot. */
export function capabilityFor(agent: Pick<AgentLoad, 'capabilities'>, { profile, cluster }: JobState['needs']): Capability | null {
  return agent.capabilities.find((each) => each.profile === profile && (cluster === null || each.cluster === cluster)) ?? null;
}

function obstacleOf(agent: AgentLoad, { owner, needs }: RouteQuestion['job'], nowMs: number, silentMs: number): RouteObstacle | null {
  const capability = capabilityFor(agent, needs);
  if (capability === null) return 'no-agent';
  if (needs.profile === 'host' && !agent.hostUsers.includes(owner)) return 'host-not-allowed';
  if (Object.entries(needs.resources).some(([name, amount]) => amount > (capability.resources[name] ?? 0))) return 'too-large';
  if (nowMs - agent.seenAtMs > silentMs || agent.room === null) return 'agent-silent';
  if (agent.room.isDraining) return 'draining';
  const hasRoom =
    agent.room.openSlots - agent.offeredSinceRoom >= needs.resources.slots || soonFreeInMs(agent, needs.resources.slots) !== null;
  if (!hasRoom || (agent.held.get(needs.profile) ?? 0) >= capability.maxConcurrent) return 'busy';
  return null;
}

function compareAgents(a: AgentLoad, b: AgentLoad, slots: number): number {
  const [isFreeA, isFreeB] = [freeSlots(a) >= slots, freeSlots(b) >= slots];
  if (isFreeA !== isFreeB) return isFreeA ? -1 : 1;
  const [soonA, soonB] = isFreeA ? [0, 0] : [soonFreeInMs(a, slots) ?? Infinity, soonFreeInMs(b, slots) ?? Infinity];
  if (soonA !== soonB) return soonA < soonB ? -1 : 1;
  return burden(a) - burden(b) || (a.name < b.name ? -1 : 1);
}

/** When the next slot of a full agent is free, when that is soon: one slot, for one job. */
function soonFreeInMs({ room, offeredSinceRoom }: AgentLoad, slots: number): number | null {
  if (room === null || room.nextFreeInMs === null || room.nextFreeInMs > soonMs) return null;
  return room.freeSlots === 0 && offeredSinceRoom === 0 && slots === 1 ? room.nextFreeInMs : null;
}

/** Free slots on nodes that are paid for, less what was offered since the agent counted them. */
function freeSlots(agent: AgentLoad): number {
  return (agent.room?.freeSlots ?? 0) - agent.offeredSinceRoom;
}

/** Jobs per slot that the agent could have. */
function burden(agent: AgentLoad): number {
  const held = [...agent.held.values()].reduce((sum, count) => sum + count, 0);
  const size = agent.capabilities.reduce((most, each) => Math.max(most, each.maxConcurrent), 1);
  return held / size;
}
