import type { Node } from '@juqueue/client';
import { expect, test } from 'vitest';
import { nodesAfter, runsTopic, tellsOf } from './live-frame.ts';

const node = (id: string, busySlots: number, allocationStatus: Node['allocationStatus'] = 'running'): Node =>
  ({ id, busySlots, allocationStatus }) as Node;

test('a frame tells of the topics whose part it holds, of a run that is gone too', () => {
  const frame = { seq: 7, nodes: [], run: { 'sweep@a': null }, runs: { 'runs:state:failed': { isStale: true, rows: [], gone: [] } } };
  expect(
    ['overview', 'nodes', 'events', 'run:sweep@a', 'run:sweep@b', 'runs:state:failed', 'runs:'].filter((topic) => tellsOf(frame, topic)),
  ).toEqual(['nodes', 'run:sweep@a', 'runs:state:failed']);
});

test('a node that changed keeps its place, a new one comes last, one that ended is gone', () => {
  expect(nodesAfter([node('a', 0), node('b', 1), node('c', 1)], [node('b', 2), node('d', 0), node('a', 0, 'ended')])).toEqual([
    node('b', 2),
    node('c', 1),
    node('d', 0),
  ]);
});

test('a selector that is longer than a topic may be is followed by the events', () => {
  expect(runsTopic('state:failed')).toBe('runs:state:failed');
  expect(runsTopic('x'.repeat(1_000))).toBe('events');
});
