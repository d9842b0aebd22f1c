import type { Dice } from './dice.ts';
import type { SimProcess } from './sim-process.ts';
import type { Timeline } from './timeline.ts';

export type Side = 'node' | 'manager';

/**
 * How messages fare between a host of nodes and all managers. A cut way holds everything back, its ends notice nothing;
 * what was held arrives when it is whole again, unless its receiver has given up. `slow`: messages take longer and longer, by
 * `rate` ms for each ms, up to the most.
 */
export interface Way {
  isCut: boolean;
  slow: { readonly sinceMs: number; readonly rate: number; readonly mostMs: number } | null;
  /** Of each message: that it comes a second time, and that it changes places with the one before it. */
  repeats: number;
  swaps: number;
}

/** One end of a connection, as its process hears of it. */
export interface ConnectionEnd<In> {
  readonly process: SimProcess;
  received(message: In): void;
  /** The other end closed, broke or died. Not called for what this end did itself. */
  closed(): void;
}

/** The ways between hosts. Both directions of each can be hurt on their own. */
export class Network {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly #ways = new Map<string, Way>();
  readonly #pipes = new Set<Pipe>();

  constructor(timeline: Timeline, dice: Dice) {
    this.timeline = timeline;
    this.dice = dice;
  }

  /** The way of messages that this side of the host's links sends. */
  way(host: string, from: Side): Way {
    const key = `${host} ${from}`;
    const known = this.#ways.get(key);
    if (known !== undefined) return known;
    const way: Way = { isCut: false, slow: null, repeats: 0, swaps: 0 };
    this.#ways.set(key, way);
    return way;
  }

  cut(host: string, from: Side): void {
    this.way(host, from).isCut = true;
  }

  heal(host: string, from: Side): void {
    const way = this.way(host, from);
    way.isCut = false;
    for (const pipe of this.#pipes) if (pipe.way === way) pipe.flow();
  }

  isWhole(host: string): boolean {
    return !this.way(host, 'node').isCut && !this.way(host, 'manager').isCut;
  }

  register(pipe: Pipe): void {
    this.#pipes.add(pipe);
  }

  forget(pipe: Pipe): void {
    this.#pipes.delete(pipe);
  }
}

interface InFlight {
  readonly text: string | null;
  dueMs: number;
}

/** One direction of a connection: in order, except where its way says otherwise. `null` is the sender's end of it. */
class Pipe {
  readonly way: Way;
  readonly #network: Network;
  readonly #deliver: (text: string | null) => void;
  #flight: InFlight[] = [];
  readonly #bornAtMs: number;
  #lastDueMs = 0;

  constructor(network: Network, way: Way, deliver: (text: string | null) => void) {
    this.#network = network;
    this.way = way;
    this.#deliver = deliver;
    this.#bornAtMs = network.timeline.nowMs;
    network.register(this);
  }

  add(text: string | null): void {
    const { timeline, dice } = this.#network;
    const { slow } = this.way;
    // A connection that is made while all is slow begins fast: it takes another way.
    const slownessMs =
      slow === null ? 0 : Math.min(slow.mostMs, Math.round(slow.rate * (timeline.nowMs - Math.max(slow.sinceMs, this.#bornAtMs))));
    this.#lastDueMs = Math.max(this.#lastDueMs, timeline.nowMs + dice.between(1, 20) + slownessMs);
    const message: InFlight = { text, dueMs: this.#lastDueMs };
    const before = this.#flight.at(-1);
    if (text !== null && before?.text != null && dice.chance(this.way.swaps)) this.#flight.splice(-1, 0, message);
    else this.#flight.push(message);
    if (text !== null && dice.chance(this.way.repeats)) this.#later(text, dice.between(1, 30_000));
    timeline.after(message.dueMs - timeline.nowMs, () => this.flow());
  }

  /** Delivers what is due, if the way is whole. */
  flow(): void {
    while (!this.way.isCut) {
      const next = this.#flight[0];
      if (next === undefined || next.dueMs > this.#network.timeline.nowMs) return;
      this.#flight.shift();
      this.#deliver(next.text);
    }
  }

  /** What is under way is lost, all of it or from somewhere on. */
  lose(): void {
    this.#flight = this.#flight.slice(0, this.#network.dice.between(0, this.#flight.length)).filter(({ text }) => text !== null);
  }

  end(): void {
    this.#flight = [];
    this.#network.forget(this);
  }

  #later(text: string, delayMs: number): void {
    this.#network.timeline.after(delayMs, () => {
      if (!this.way.isCut) this.#deliver(text);
    });
  }
}

/** A connection of a node to a manager. Messages cross as text, as in a frame of the protocol. */
export class Connection {
  readonly #ends: { readonly [side in Side]: ConnectionEnd<string> };
  readonly #pipes: { readonly [side in Side]: Pipe };
  readonly #isOpen = { node: true, manager: true };

  constructor(network: Network, host: string, node: ConnectionEnd<string>, manager: ConnectionEnd<string>) {
    this.#ends = { node, manager };
    this.#pipes = {
      node: new Pipe(network, network.way(host, 'node'), (text) => this.#arrive('manager', text)),
      manager: new Pipe(network, network.way(host, 'manager'), (text) => this.#arrive('node', text)),
    };
    for (const side of ['node', 'manager'] as const) this.#ends[side].process.onKilled(() => this.#died(side));
  }

  send(from: Side, text: string): void {
    if (this.#isOpen[from]) this.#pipes[from].add(text);
  }

  /** After everything that was sent. */
  close(from: Side): void {
    if (!this.#isOpen[from]) return;
    this.#isOpen[from] = false;
    this.#pipes[from].add(null);
  }

  /** At once; what was sent may be lost. */
  terminate(from: Side): void {
    if (!this.#isOpen[from]) return;
    this.#isOpen[from] = false;
    this.#pipes[from].lose();
    this.#pipes[from].add(null);
  }

  /** The connection breaks between its ends, and both notice. */
  break(): void {
    for (const side of ['node', 'manager'] as const) {
      this.#pipes[side].lose();
      this.#pipes[side].add(null);
    }
  }

  /** The system closes the sockets of a process that died; those of a dead host are closed by nobody. */
  #died(side: Side): void {
    if (this.#ends[side].process.host.isDead) this.#isOpen[side] = false;
    else this.terminate(side);
  }

  #arrive(to: Side, text: string | null): void {
    const end = this.#ends[to];
    if (!this.#isOpen[to]) {
      // Nobody is there to hear it: the sender is told, if its system is there to tell.
      const from = to === 'node' ? 'manager' : 'node';
      if (text !== null && !end.process.host.isDead && this.#isOpen[from]) this.#pipes[to].add(null);
      if (!this.#isOpen.node && !this.#isOpen.manager) for (const pipe of Object.values(this.#pipes)) pipe.end();
      return;
    }
    if (text === null) {
      this.#isOpen[to] = false;
      end.process.deliver(() => end.closed());
      return;
    }
    end.process.deliver(() => this.#isOpen[to] && end.received(text));
  }
}
