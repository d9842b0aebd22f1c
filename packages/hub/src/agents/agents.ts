import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';
import type { Registration, Room } from '../agent-protocol/messages.ts';
import type { AgentLoad, AgentView } from '../model/agent.ts';
import { isHeld } from '../model/job.ts';
import type { JobState } from '../model/job.ts';
import type { HubStore } from '../store/hub-store.ts';

interface KnownAgent {
  readonly name: string;
  readonly registration: Registration;
  readonly registeredAtMs: number;
  room: Room | null;
  seenAtMs: number;
  /** Its pulls that wait for messages: while there is one, it lives. */
  pulls: number;
  /** Slots of jobs that it claimed since it told its room. */
  claimedSlots: number;
}

/** Who serves the hub: as registered, last heard of, and with what the hub has given each. */
export class Agents {
  readonly #store: HubStore;
  readonly #clock: Clock;
  readonly #known = new Map<string, KnownAgent>();
  readonly #held = new Map<string, Map<string, JobState>>();

  constructor(store: HubStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async load(open: Iterable<JobState>): Promise<void> {
    for (const { name, registration, registeredAtMs } of await this.#store.read.call('agents', undefined)) {
      this.#known.set(name, { name, registration, registeredAtMs, room: null, seenAtMs: 0, pulls: 0, claimedSlots: 0 });
    }
    for (const job of open) this.note(job);
  }

  async register(name: string, registration: Registration): Promise<void> {
    const nowMs = this.#clock.nowMs();
    await this.#store.write.call('putAgent', { name, registration, registeredAtMs: nowMs });
    const before = this.#known.get(name);
    this.#known.set(name, {
      name,
      registration,
      registeredAtMs: nowMs,
      room: before?.room ?? null,
      seenAtMs: nowMs,
      pulls: before?.pulls ?? 0,
      claimedSlots: before?.claimedSlots ?? 0,
    });
  }

  /** Notes that it lives. Throws JQ_AGENT_UNKNOWN when it has not registered. */
  seen(name: string): void {
    this.#agent(name).seenAtMs = this.#clock.nowMs();
  }

  /** It waits for messages until `pull` has settled, and is there as long. Throws JQ_AGENT_UNKNOWN. */
  async during<T>(name: string, pull: () => Promise<T>): Promise<T> {
    this.#agent(name).pulls += 1;
    try {
      return await pull();
    } finally {
      const agent = this.#agent(name);
      agent.pulls -= 1;
      agent.seenAtMs = this.#clock.nowMs();
    }
  }

  tellRoom(name: string, room: Room): void {
    const agent = this.#agent(name);
    agent.room = room;
    agent.claimedSlots = 0;
  }

  /** Keeps the counts of held jobs true; called with every job that changed. */
  note(job: JobState): void {
    const agent = job.attempt?.agent;
    if (agent === undefined) return;
    const held = this.#held.get(agent) ?? new Map<string, JobState>();
    this.#held.set(agent, held);
    if (!isHeld(job.status)) return void held.delete(job.id);
    const known = this.#known.get(agent);
    if (!held.has(job.id) && known !== undefined) known.claimedSlots += job.needs.resources.slots;
    held.set(job.id, job);
  }

  heldBy(name: string): readonly JobState[] {
    return [...(this.#held.get(name)?.values() ?? [])];
  }

  /** Every agent; `offered` are the jobs that are offered to each and not claimed yet. */
  loads(offered: ReadonlyMap<string, readonly JobState[]>): readonly AgentLoad[] {
    return [...this.#known.values()].map((agent) => {
      const offers = offered.get(agent.name) ?? [];
      const held = new Map<string, number>();
      for (const { needs } of [...this.heldBy(agent.name), ...offers]) held.set(needs.profile, (held.get(needs.profile) ?? 0) + 1);
      return {
        ...this.#viewOf(agent),
        held,
        offeredSinceRoom: agent.claimedSlots + offers.reduce((sum, { needs }) => sum + needs.resources.slots, 0),
      };
    });
  }

  views(): readonly AgentView[] {
    return [...this.#known.values()].map((agent) => this.#viewOf(agent)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #agent(name: string): KnownAgent {
    const agent = this.#known.get(name);
    if (agent === undefined)
      throw new JuqueueError(
        'JQ_AGENT_UNKNOWN',
        `Agent ${name} has not registered with this hub.`,
        'Register first: POST /agent/v1/register.',
      );
    return agent;
  }

  #viewOf({ name, registration, registeredAtMs, room, seenAtMs, pulls }: KnownAgent): AgentView {
    const { hostname, version, capabilities, hostUsers } = registration;
    return { name, hostname, version, capabilities, hostUsers, registeredAtMs, seenAtMs: pulls > 0 ? this.#clock.nowMs() : seenAtMs, room };
  }
}
