import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentLoad } from '../model/agent.ts';
import { routeJob, soonMs } from './route.ts';
import type { RouteQuestion } from './route.ts';

const nowMs = 1_000_000;
const silentMs = 120_000;

function agent(name: string, overrides: Partial<AgentLoad> = {}): AgentLoad {
  return {
    name,
    hostname: name,
    version: '1',
    capabilities: [{ profile: 'image', maxConcurrent: 10, resources: { slots: 4 }, cluster: 'juwels' }],
    hostUsers: [],
    registeredAtMs: 0,
    seenAtMs: nowMs,
    room: { freeSlots: 2, openSlots: 8, nextFreeInMs: 60_000, isDraining: false },
    held: new Map(),
    offeredSinceRoom: 0,
    ...overrides,
  };
}

const job = { owner: 'ada', needs: { profile: 'image', resources: { slots: 1 }, cluster: null } };
const route = (agents: readonly AgentLoad[], question: Partial<RouteQuestion> = {}) =>
  routeJob({ job, agents, avoided: new Set(), nowMs, silentMs, ...question });
const room = { freeSlots: 0, openSlots: 8, nextFreeInMs: null, isDraining: false } as const;

describe('a job goes', () => {
  test('to an agent with a free slot on a node that is paid for, rather than to one that has to request a node', () => {
    expect(route([agent('a', { room }), agent('b')])).toEqual({ kind: 'agent', agent: 'b' });
  });

  test('else to the one whose slot is free soonest, rather than to one that has to request a node', () => {
    expect(
      route([
        agent('a', { room: { ...room, nextFreeInMs: 90 } }),
        agent('b', { room: { ...room, nextFreeInMs: 50 } }),
        agent('c', { room }),
      ]),
    ).toEqual({ kind: 'agent', agent: 'b' });
    expect(route([agent('a', { room }), agent('b', { room: { ...room, openSlots: 0, nextFreeInMs: 50 } })])).toEqual({
      kind: 'agent',
      agent: 'b',
    });
  });

  test('not to one whose slot is free late, is promised already, or is too few: then a node may be requested', () => {
    for (const full of [
      agent('b', { room: { ...room, openSlots: 0, nextFreeInMs: soonMs + 1 } }),
      agent('b', { offeredSinceRoom: 1, room: { ...room, openSlots: 0, nextFreeInMs: 50 } }),
    ]) {
      expect(route([agent('c', { room }), full])).toEqual({ kind: 'agent', agent: 'c' });
      expect(route([full])).toEqual({ kind: 'wait', obstacle: 'busy' });
    }
    const needs = { ...job.needs, resources: { slots: 2 } };
    expect(route([agent('b', { room: { ...room, openSlots: 0, nextFreeInMs: 50 } })], { job: { ...job, needs } })).toEqual({
      kind: 'wait',
      obstacle: 'busy',
    });
  });

  test('else to the one that has least to do for its size, and by name among equals', () => {
    expect(route([agent('a', { held: new Map([['image', 3]]) }), agent('b', { held: new Map([['image', 2]]) })])).toEqual({
      kind: 'agent',
      agent: 'b',
    });
    expect(route([agent('b'), agent('a')])).toEqual({ kind: 'agent', agent: 'a' });
  });

  test('to one agent only as often as it has slots: what was offered since it counted is taken', () => {
    expect(route([agent('a', { offeredSinceRoom: 2 }), agent('b', { room: { ...room, freeSlots: 1 } })])).toEqual({
      kind: 'agent',
      agent: 'b',
    });
    expect(route([agent('a', { offeredSinceRoom: 8 })])).toEqual({ kind: 'wait', obstacle: 'busy' });
  });

  test('to nobody that only begins with the name of its profile: processors may hold colons', () => {
    const needs = { ...job.needs, profile: 'text:embed/gpu' };
    const offering = (profile: string) =>
      agent(profile, { capabilities: [{ profile, maxConcurrent: 1, resources: { slots: 1 }, cluster: null }] });
    expect(route([offering('text'), offering('text:embed')], { job: { ...job, needs } })).toEqual({ kind: 'wait', obstacle: 'no-agent' });
    expect(route([offering('text'), offering('text:embed/gpu')], { job: { ...job, needs } })).toEqual({
      kind: 'agent',
      agent: 'text:embed/gpu',
    });
  });
});

test.each([
  ['no-agent', agent('a', { capabilities: [] })],
  ['too-large', agent('a', { capabilities: [{ profile: 'image', maxConcurrent: 1, resources: { slots: 0 }, cluster: null }] })],
  ['agent-silent', agent('a', { seenAtMs: nowMs - silentMs - 1 })],
  ['agent-silent', agent('a', { room: null })],
  ['draining', agent('a', { room: { ...room, isDraining: true } })],
  ['busy', agent('a', { room: { ...room, openSlots: 0 } })],
  ['busy', agent('a', { held: new Map([['image', 10]]) })],
] as const)('a job waits because of %s', (obstacle, only) => {
  expect(route([only])).toEqual({ kind: 'wait', obstacle });
});

test('a job on the host goes only where its owner is let in', () => {
  const capabilities = [{ profile: 'host', maxConcurrent: 1, resources: { slots: 1 }, cluster: null }];
  const onHost = { owner: 'ada', needs: { ...job.needs, profile: 'host' } };
  expect(route([agent('a', { capabilities, hostUsers: ['bob'] })], { job: onHost })).toEqual({
    kind: 'wait',
    obstacle: 'host-not-allowed',
  });
  expect(route([agent('a', { capabilities, hostUsers: ['ada'] })], { job: onHost })).toEqual({ kind: 'agent', agent: 'a' });
});

describe('whatever the agents are', () => {
  const someAgents = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      profile: fc.constantFrom('image', 'host', 'x/y'),
      most: fc.integer({ min: 1, max: 3 }),
      slots: fc.integer({ min: 1, max: 4 }),
      seenAgoMs: fc.constantFrom(0, silentMs + 1),
      room: fc.record({
        freeSlots: fc.nat(3),
        openSlots: fc.nat(6),
        nextFreeInMs: fc.constantFrom(null, 0, 5, 10),
        isDraining: fc.boolean(),
      }),
      held: fc.nat(3),
      offered: fc.nat(3),
      letsIn: fc.boolean(),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  );
  const someJob = fc.record({
    owner: fc.constant('ada'),
    needs: fc.record({
      profile: fc.constantFrom('image', 'host', 'x/y'),
      resources: fc.record({ slots: fc.integer({ min: 1, max: 4 }) }),
      cluster: fc.constantFrom(null, 'juwels'),
    }),
  });
  const built = (parts: typeof someAgents extends fc.Arbitrary<infer T> ? T : never): readonly AgentLoad[] =>
    parts.map(({ name, profile, most, slots, seenAgoMs, room: own, held, offered, letsIn }) =>
      agent(name, {
        capabilities: [{ profile, maxConcurrent: most, resources: { slots }, cluster: 'juwels' }],
        hostUsers: letsIn ? ['ada'] : [],
        seenAtMs: nowMs - seenAgoMs,
        room: own,
        held: new Map([[profile, held]]),
        offeredSinceRoom: offered,
      }),
    );

  test('a job goes only to one that can execute it, is there, has room and lets its owner in; and to one if there is any', () => {
    fc.assert(
      fc.property(someAgents, someJob, (parts, wanted) => {
        const agents = built(parts);
        const mayTake = agents.filter(({ capabilities, hostUsers, seenAtMs, room: own, held, offeredSinceRoom }) => {
          const [capability] = capabilities;
          if (capability?.profile !== wanted.needs.profile || own === null) return false;
          const isSoon =
            own.freeSlots === 0 &&
            offeredSinceRoom === 0 &&
            wanted.needs.resources.slots === 1 &&
            own.nextFreeInMs !== null &&
            own.nextFreeInMs <= soonMs;
          const hasRoom =
            (isSoon || own.openSlots - offeredSinceRoom >= wanted.needs.resources.slots) &&
            (held.get(capability.profile) ?? 0) < capability.maxConcurrent;
          return (
            (capability.resources.slots ?? 0) >= wanted.needs.resources.slots &&
            nowMs - seenAtMs <= silentMs &&
            !own.isDraining &&
            hasRoom &&
            (capability.profile !== 'host' || hostUsers.includes('ada'))
          );
        });
        const answer = route(agents, { job: wanted });
        if (answer.kind === 'agent') expect(mayTake.map(({ name }) => name)).toContain(answer.agent);
        else expect(mayTake).toEqual([]);
      }),
    );
  });

  test('their order changes nothing', () => {
    fc.assert(
      fc.property(someAgents, someJob, fc.infiniteStream(fc.nat()), (parts, wanted, keys) => {
        const agents = built(parts);
        const shuffled = agents
          .map((each) => ({ each, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        expect(route(shuffled, { job: wanted })).toEqual(route(agents, { job: wanted }));
      }),
    );
  });
});
