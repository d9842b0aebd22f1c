import type { Capability, Room } from '../agent-protocol/messages.ts';

/** An agent as the hub knows it. */
export interface AgentView {
  readonly name: string;
  readonly hostname: string;
  readonly version: string;
  readonly capabilities: readonly Capability[];
  readonly hostUsers: readonly string[];
  readonly registeredAtMs: number;
  /** Its last request. */
  readonly seenAtMs: number;
  /** Null before it told. */
  readonly room: Room | null;
}

/** An agent with what the hub has given it. */
export interface AgentLoad extends AgentView {
  /** Jobs that it holds or that are offered to it, by profile. */
  readonly held: ReadonlyMap<string, number>;
  /** Offers since it told its room: they use up what it said was free. */
  readonly offeredSinceRoom: number;
}
