import type { AgentView } from '../../model/agent.ts';
import type { AdapterContext } from '../adapter.ts';
import type { UserPrincipal } from '../requests.ts';

/** Readers call a consumer stale of which they have heard nothing for half an hour. */
const tellEveryMs = 300_000;

interface Heartbeat {
  /** Who lives; each is told by itself. */
  readonly source: string;
  readonly atMs: number;
  readonly event: Readonly<Record<string, unknown>>;
}

/** Who executes jobs, told to everybody who reads results: consumers that say so themselves, and agents. Forgotten with the hub: they come again. */
export class Heartbeats {
  readonly #context: AdapterContext;
  readonly #consumers = new Map<string, Heartbeat>();
  readonly #told = new Map<string, number>();

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  note({ name }: UserPrincipal, event: Readonly<Record<string, unknown>>): void {
    this.#consumers.set(name, { source: `consumer ${name}`, atMs: this.#context.hub.clock.nowMs(), event });
  }

  /** Those that this reader has not heard of for a while. */
  due(user: UserPrincipal): readonly Readonly<Record<string, unknown>>[] {
    const { hub } = this.#context;
    const sinceMs = hub.clock.nowMs() - hub.times.leaseMs;
    const agents = hub.agents
      .views()
      .filter((agent) => agent.seenAtMs >= sinceMs && serves(agent, user))
      .map(ofAgent);
    const consumers = [...this.#consumers].flatMap(([owner, heartbeat]) =>
      owner === user.name || user.role === 'manager' ? [heartbeat] : [],
    );
    return [...agents, ...consumers].flatMap(({ source, atMs, event }) => {
      const key = `${user.key} ${source}`;
      const told = this.#told.get(key);
      if (told !== undefined && atMs - told < tellEveryMs) return [];
      this.#told.set(key, atMs);
      return [event];
    });
  }
}

function serves({ capabilities, hostUsers }: AgentView, { name }: UserPrincipal): boolean {
  return hostUsers.includes(name) || capabilities.some(({ profile }) => profile.startsWith('hpc-queue/'));
}

function ofAgent({ name, hostname, seenAtMs }: AgentView): Heartbeat {
  return {
    source: `agent ${name}`,
    atMs: seenAtMs,
    event: {
      event_type: 'heartbeat',
      status: 'alive',
      source: `agent:${name}`,
      hostname,
      pid: 0,
      timestamp: new Date(seenAtMs).toISOString(),
    },
  };
}
