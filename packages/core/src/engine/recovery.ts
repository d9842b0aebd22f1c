import type { DurableEvent } from '../model/events.ts';
import type { NodeId } from '../model/ids.ts';
import type { World } from '../evolve/world.ts';
import type { NodeMessage } from '../protocol/messages.ts';
import { salvage } from './salvage.ts';
import type { WorkDirFindings } from './work-dir-findings.ts';

type Hello = Extract<NodeMessage, { kind: 'hello' }>;

/**
 * The time between a start on a journal that has lost events and the first decision. A node may execute attempts that the
 * journal does not know, so nothing starts before each of them was heard or is proven gone; and since a run that nobody
 * knows would be ended, nodes are heard only once the definitions were read.
 */
export class Recovery {
  readonly #world: World;
  readonly #findings: WorkDirFindings;
  readonly #heard = new Set<NodeId>();
  readonly #hellos: Hello[] = [];
  #hasDefinitions = false;

  constructor(world: World, findings: WorkDirFindings) {
    this.#world = world;
    this.#findings = findings;
  }

  /** The facts that the world, as it is now, can take from the work-dir. */
  salvage(): readonly DurableEvent[] {
    return salvage(this.#world, this.#findings);
  }

  /** True when the hello is kept for later. */
  keeps(hello: Hello): boolean {
    if (this.#hasDefinitions) return false;
    this.#hellos.push(hello);
    return true;
  }

  /** The definitions were read; answers the hellos that came before. */
  admit(): readonly Hello[] {
    this.#hasDefinitions = true;
    return this.#hellos.splice(0);
  }

  /** Nodes of which nobody knows yet what they execute. */
  get awaited(): readonly NodeId[] {
    for (const { id, node } of this.#world.allocations) if (node?.status === 'connected') this.#heard.add(id);
    return this.#world.allocations
      .filter(({ id, node }) => node !== null && node.status !== 'gone' && !this.#heard.has(id))
      .map(({ id }) => id);
  }

  get isOver(): boolean {
    return this.#hasDefinitions && this.awaited.length === 0;
  }

  /** For people. */
  describe(): string {
    const nodes = this.awaited;
    return `the journal had lost events: nothing starts before ${nodes.length === 0 ? 'the definitions are read' : `${nodes.join(', ')} ${nodes.length === 1 ? 'is' : 'are'} heard or proven gone`}`;
  }
}
