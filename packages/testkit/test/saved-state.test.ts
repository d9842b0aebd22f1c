import { Session } from 'node:inspector';
import { describe, expect, test } from 'vitest';
import type { StoredEvent } from '@juqueue/core';
import { SavedStateReader, StateFold } from '@juqueue/core';
import { EngineWorld, testCluster, testRun } from '../src/fakes/engine-world.ts';

/** Filled when somebody asks, from what stands beside them. */
const caches = new Set(['#open', '#model', '#newSamples']);

/** Everything that an object holds, private fields included, as plain values that can be compared. */
function everythingIn(value: object): unknown {
  using inspector = new Inspector();
  return inspector.look(value);
}

interface Property {
  readonly name: string;
  readonly value?: {
    readonly type: string;
    readonly subtype?: string;
    readonly className?: string;
    readonly objectId?: string;
    readonly value?: unknown;
    readonly description?: string;
  };
}

class Inspector implements Disposable {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
  }

  look(value: object): unknown {
    Reflect.set(globalThis, 'looked at', value);
    return this.#plain(this.#post<{ result: Property['value'] }>('Runtime.evaluate', { expression: `globalThis['looked at']` }).result);
  }

  #plain(remote: Property['value']): unknown {
    if (remote?.objectId === undefined) return remote?.value;
    if (remote.type === 'function' || remote.subtype === 'regexp') return remote.description;
    const {
      result,
      privateProperties = [],
      internalProperties = [],
    } = this.#post<{ result: readonly Property[]; privateProperties?: readonly Property[]; internalProperties?: readonly Property[] }>(
      'Runtime.getProperties',
      { objectId: remote.objectId, ownProperties: true },
    );
    const entries = internalProperties.find(({ name }) => name === '[[Entries]]');
    if (entries !== undefined)
      return Object.values(this.#plain(entries.value) as object)
        .map((entry) => JSON.stringify(entry))
        .sort();
    const isZeroInList = ({ name, value }: Property): boolean => /^\d+$/.test(name) && value?.value === 0;
    const fields = [...result, ...privateProperties].filter(
      (field) =>
        field.value !== undefined &&
        field.name !== 'length' &&
        field.name !== '__proto__' &&
        !caches.has(field.name) &&
        !isZeroInList(field),
    );
    return Object.fromEntries(fields.map(({ name, value }) => [name, this.#plain(value)] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #post<Answer>(method: string, params: object): Answer {
    let answer: unknown = null;
    this.#session.post(method, params, (_, result) => (answer = result));
    return answer as Answer;
  }

  [Symbol.dispose](): void {
    Reflect.deleteProperty(globalThis, 'looked at');
    this.#session.disconnect();
  }
}

function foldOf(batches: readonly (readonly StoredEvent[])[]): StateFold {
  const fold = new StateFold();
  for (const batch of batches) fold.apply(batch);
  return fold;
}

function savedAndRestored(fold: StateFold): StateFold {
  const reader = new SavedStateReader();
  for (const record of fold.saved()) reader.take(JSON.parse(JSON.stringify(record)));
  return reader.fold;
}

/** A story with some of everything: dependencies, failures, retries, moves, holds, priorities, lost nodes, removed runs, bills. */
async function story(): Promise<readonly (readonly StoredEvent[])[]> {
  const world = new EngineWorld(testCluster({ consolidation: 'aggressive', walltimeMs: 86_400_000 }));
  await world.start();
  const names = ['a', 'b', 'c', 'd', 'f', 'g'];
  const runs = [
    ...names.map((name) => testRun(name, { retries: name === 'b' ? 1 : 0, checkpoint: { kind: 'assumed' } })),
    testRun('last', { dependsOn: ['*a', 'b'] }),
    testRun('images', { resources: { slots: 2 } }),
  ];
  await world.define(...runs);
  const first = await world.nodeComes(1);
  const second = await world.nodeComes(2);
  for (const node of [first, second]) await world.startsAll(node);
  await world.passTime(20_000, first, second);
  await world.ends(first, 'a');
  await world.ends(first, 'b', { exitCode: 3, detail: 'no such file: 7' });
  await world.engineCommand({ kind: 'cancel-runs', runs: ['e@c'], force: true, by: 'somebody', reason: 'why' });
  await world.engineCommand({ kind: 'resume-runs', runs: ['e@a'], by: 'somebody' });
  await world.passTime(30_000, first, second);
  for (const node of [first, second]) await world.startsAll(node);
  await world.engineCommand({
    kind: 'define-experiment',
    definition: {
      name: 'e',
      autostart: true,
      runs: runs.filter(({ name }) => name !== 'g' && name !== 'f').map((run) => (run.name === 'd' ? { ...run, priority: 4 } : run)),
    },
    running: 'stop',
  });
  await world.passTime(300_000, first);
  await world.startsAll(first);
  await world.restart();
  await world.passTime(60_000);
  return world.journal;
}

describe('a saved state', () => {
  test('brings everything back that the world and its accounts hold, after every batch of events', { timeout: 120_000 }, async () => {
    const batches = await story();
    const kinds = new Set(batches.flat().map(({ event }) => event.kind));
    expect(kinds.size).toBeGreaterThan(12);
    for (let count = 1; count <= batches.length; count += 3) {
      const fold = foldOf(batches.slice(0, count));
      expect(everythingIn(savedAndRestored(fold))).toEqual(everythingIn(fold));
    }
  });

  test('goes on as if nothing had been', async () => {
    const batches = await story();
    const whole = foldOf(batches);
    for (let count = 1; count < batches.length; count += 2) {
      const fold = savedAndRestored(foldOf(batches.slice(0, count)));
      for (const batch of batches.slice(count)) fold.apply(batch);
      expect([...fold.saved()]).toEqual([...whole.saved()]);
    }
  });
});
