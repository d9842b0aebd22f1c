import type { Dice } from './dice.ts';
import type { Host } from './host.ts';
import type { Side } from './network.ts';
import type { DiskState } from './shared-disk.ts';
import type { Site } from './site.ts';
import { goodMood } from './sim-cluster.ts';

/** What goes wrong, once or for a while, alone and together. */
const faults = {
  'a link is cut': { strike: (site, dice) => onNode(site, dice, (host) => cutLink(site, dice, host, duration(dice))) },
  'a link flaps': {
    strike: (site, dice) =>
      onNode(site, dice, (host) => {
        for (let at = 0, i = dice.between(2, 8); i > 0; i -= 1, at += dice.between(500, 40_000))
          site.timeline.after(at, () => cutLink(site, dice, host, dice.between(100, 20_000)));
      }),
  },
  'all links are cut': {
    strike: (site, dice) =>
      onManager(site, dice, () => site.nodes.forEach(({ process }) => cutLink(site, dice, process.host, duration(dice)))),
  },
  'a link breaks': { strike: (site, dice) => site.connections.length > 0 && dice.pick(site.connections).break() },
  'answers come later and later': {
    strike: (site, dice) =>
      onNode(site, dice, (host) => {
        const way = site.network.way(host.name, dice.chance(0.8) ? 'manager' : 'node');
        if (way.slow !== null) return;
        way.slow = { sinceMs: site.timeline.nowMs, rate: dice.between(5, 17) / 10, mostMs: dice.between(30_000, 95_000) };
        site.until(dice.between(300_000, 600_000), () => (way.slow = null));
        // Then nothing comes any more, while what is under way still does.
        if (dice.chance(0.8)) {
          site.until(dice.between(100_000, 300_000), () => {
            cut(site, host, 'node', dice.between(150_000, 400_000));
            hurtDisk(site, host, 'hung', dice.between(150_000, 400_000));
          });
        }
      }),
  },
  'messages repeat and overtake': {
    strike: (site, dice) =>
      onNode(site, dice, (host) => {
        const ways = [site.network.way(host.name, 'node'), site.network.way(host.name, 'manager')];
        for (const way of ways) [way.repeats, way.swaps] = [0.2, 0.1];
        site.until(duration(dice), () => ways.forEach((way) => ([way.repeats, way.swaps] = [0, 0])));
      }),
  },
  'the disk of a node': { strike: (site, dice) => onNode(site, dice, (host) => hurtDisk(site, host, diskState(dice), duration(dice))) },
  'the disk of a node flaps': {
    strike: (site, dice) =>
      onNode(site, dice, (host) => {
        const state = diskState(dice);
        for (let at = 0, i = dice.between(2, 6); i > 0; i -= 1, at += dice.between(60_000, 150_000))
          site.timeline.after(at, () => hurtDisk(site, host, state, dice.between(20_000, 110_000)));
      }),
  },
  'the disk of the manager': {
    strike: (site, dice) => onManager(site, dice, (host) => hurtDisk(site, host, diskState(dice), duration(dice))),
  },
  'all disks': {
    strike: (site, dice) => {
      const state = diskState(dice);
      const ms = duration(dice);
      for (const host of site.hosts) if (!host.isDead) hurtDisk(site, host, state, ms);
    },
  },
  'link and disk of a node': {
    strike: (site, dice) =>
      onNode(site, dice, (host) => {
        cutLink(site, dice, host, duration(dice));
        hurtDisk(site, host, diskState(dice), duration(dice));
      }),
  },
  'the link of a node and the disk of the manager': {
    strike: (site, dice) =>
      onNode(site, dice, (host) => {
        cutLink(site, dice, host, dice.between(60_000, 900_000));
        // The folder was looked into before, so that there is something to compare with.
        onManager(site, dice, (managers) =>
          site.timeline.after(dice.between(0, 90_000), () =>
            hurtDisk(site, managers, dice.pick(['hung', 'refusing']), dice.between(60_000, 400_000)),
          ),
        );
      }),
  },
  'a cut link and a stalled manager': {
    strike: (site, dice) =>
      onNode(site, dice, (host) => {
        cutLink(site, dice, host, dice.between(100_000, 900_000));
        onManager(site, dice, (managers) =>
          site.timeline.after(dice.between(20_000, 60_000), () => stall(site, managers, dice.between(60_000, 400_000), 'frozen')),
        );
      }),
  },
  'a node stalls': {
    strike: (site, dice) => onNode(site, dice, (host) => stall(site, host, duration(dice), dice.pick(['frozen', 'suspended']))),
  },
  'a node dies': { strike: (site, dice) => onNode(site, dice, (host) => host.die()) },
  'a node-manager dies': { strike: (site, dice) => site.nodes.length > 0 && dice.pick(site.nodes).process.kill() },
  'a node-manager dies between two steps': {
    strike: (site, dice) =>
      site.nodes.length > 0 &&
      dice.pick(site.nodes).process.setTrap(dice.between(1, 60), { kind: dice.pick(['die-before', 'die-after'] as const) }),
  },
  'the manager stalls': {
    strike: (site, dice) => onManager(site, dice, (host) => stall(site, host, duration(dice), dice.pick(['frozen', 'suspended']))),
  },
  'the manager is stopped and continued': {
    strike: (site, dice) => {
      const manager = site.manager;
      manager?.process.stop();
      site.until(duration(dice), () => manager?.process.continue());
    },
  },
  'the manager dies': { strike: (site) => site.manager?.process.kill() },
  'the manager dies between two steps': {
    strike: (site, dice) => site.manager?.process.setTrap(dice.between(1, 40), { kind: dice.pick(['die-before', 'die-after'] as const) }),
  },
  'the manager stops between two steps': {
    strike: (site, dice) => site.manager?.process.setTrap(dice.between(1, 40), { kind: 'stop', ms: duration(dice) }),
  },
  'a second manager': { strike: (site) => void site.startManager() },
  'the manager is moved': {
    strike: (site, dice) => {
      site.manager?.stop(dice.pick(['leave', 'leave', 'release'] as const));
      site.timeline.after(dice.between(500, 90_000), () => void site.startManager());
    },
  },
  'a takeover of a manager in trouble': {
    strike: (site, dice) => {
      const manager = site.manager;
      if (manager === null) return;
      const ms = dice.between(60_000, 600_000);
      if (dice.chance(0.5)) stall(site, manager.process.host, ms, 'frozen');
      else hurtDisk(site, manager.process.host, 'hung', ms);
      site.timeline.after(dice.between(100, 60_000), () => void site.startManager(manager.process.host));
    },
  },
  'the cluster answers badly': {
    strike: (site, dice) => {
      site.cluster.mood = {
        slowMs: dice.pick([200, 20_000, 100_000]),
        fails: dice.next() * 0.8,
        losesSubmits: dice.next() * 0.6,
        forgets: dice.chance(0.3) ? dice.next() : 0,
        losesCancels: dice.next() * 0.6,
      };
      site.until(duration(dice), () => (site.cluster.mood = goodMood));
    },
  },
  'the cluster gives a node up that lives': {
    strike: (site, dice) => site.nodes.length > 0 && site.cluster.declareLost(dice.pick(site.nodes)),
  },
  'the cluster takes a node': { strike: (site, dice) => site.nodes.length > 0 && site.cluster.preempt(dice.pick(site.nodes)) },
  'a wall clock is set': { strike: (site, dice) => dice.pick(site.hosts).stepWall(dice.between(-300_000, 300_000)) },
} as const satisfies Readonly<Record<string, { strike: (site: Site, dice: Dice) => unknown }>>;

export type FaultKind = keyof typeof faults;
export const faultKinds = Object.keys(faults) as readonly FaultKind[];

export function strike(kind: FaultKind, site: Site, dice: Dice): void {
  site.timeline.tell(`fault: ${kind}`);
  const fault: { readonly strike: (site: Site, dice: Dice) => unknown } = faults[kind];
  fault.strike(site, dice);
}

/** Short, as long as the times of the rules, or far longer. */
function duration(dice: Dice): number {
  return dice.pick([
    () => dice.between(500, 15_000),
    () => dice.between(15_000, 120_000),
    () => dice.between(60_000, 300_000),
    () => dice.between(200_000, 900_000),
  ])();
}

function diskState(dice: Dice): DiskState {
  return dice.pick(['hung', 'hung', 'refusing', 'full']);
}

function onNode(site: Site, dice: Dice, act: (host: Host) => void): void {
  const nodes = site.nodes.filter(({ process }) => !process.host.isDead);
  if (nodes.length > 0) act(dice.pick(nodes).process.host);
}

function onManager(site: Site, _dice: Dice, act: (host: Host) => void): void {
  if (site.manager !== null) act(site.manager.process.host);
}

function cutLink(site: Site, dice: Dice, host: Host, ms: number): void {
  const sides: readonly Side[] = dice.pick([['node', 'manager'], ['node', 'manager'], ['node'], ['manager']]);
  for (const side of sides) cut(site, host, side, ms);
}

function cut(site: Site, host: Host, side: Side, ms: number): void {
  site.timeline.tell(`the link of ${host.name} is cut for what the ${side} says`);
  site.network.cut(host.name, side);
  site.until(ms, () => site.network.heal(host.name, side));
}

function hurtDisk(site: Site, host: Host, state: DiskState, ms: number): void {
  site.diskOf(host).become(state);
  site.until(ms, () => site.diskOf(host).become('well'));
}

function stall(site: Site, host: Host, ms: number, kind: 'frozen' | 'suspended'): void {
  host.stall(kind);
  site.until(ms, () => site.thaw(host));
}
