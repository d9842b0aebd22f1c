import { describe, expect, test } from 'vitest';
import { AccountStory, beginMs } from './account-story.ts';

/** Two nodes of four slots with a run each; at 100 s the run of n2, which had saved itself at 90 s, is moved to n1. */
function moved(): AccountStory {
  const story = new AccountStory().node('n1').node('n2').define('e', ['a', 'b']).start('e@a', 'n1', 0).start('e@b', 'n2', 0).at(100_000);
  story.tell({ kind: 'run-stop-requested', run: 'e@b', attempt: 1, cause: 'consolidation', graceMs: 1 });
  return story
    .end('e@b', { kind: 'signal', exitCode: null, signal: 'SIGTERM', stopCause: 'consolidation', checkpointAtMs: beginMs + 90_000 })
    .start('e@b', 'n1', 1);
}

const released = (story: AccountStory): AccountStory => story.at(102_000).gone('n2').allocationEnded('n2');
const saving = (story: AccountStory) => story.accounting().consolidation.get('c');

describe('what consolidation has saved', () => {
  test('is from the end of the emptied node to when its run would have ended there, without the work that the move undid', () => {
    const story = released(moved()).at(400_000).end('e@b');
    expect(saving(story)).toEqual({ moves: 1, nodes: 1, savedNodeMs: 400_000 - 10_000 - 102_000, redoneNodeMs: 10_000 / 4 });
  });

  test('grows while the moved run goes on', () => {
    const story = released(moved());
    expect([200_000, 300_000].map((atMs) => saving(story.at(atMs))?.savedNodeMs)).toEqual([88_000, 188_000]);
  });

  test('does not count the time in which the moved run waited for a slot', () => {
    const story = new AccountStory().node('n1').define('e', ['b']).start('e@b', 'n1', 0).at(100_000);
    story
      .tell({ kind: 'run-stop-requested', run: 'e@b', attempt: 1, cause: 'consolidation', graceMs: 1 })
      .end('e@b', { stopCause: 'consolidation', kind: 'signal', exitCode: null, signal: 'SIGTERM', checkpointAtMs: beginMs + 100_000 });
    story.gone('n1').allocationEnded('n1').at(160_000).node('n2').start('e@b', 'n2', 0).at(200_000).end('e@b');
    expect(saving(story)).toMatchObject({ nodes: 1, savedNodeMs: 40_000 });
  });

  test('ends where the walltime of the emptied node would have ended it', () => {
    const story = new AccountStory();
    story
      .tell({
        kind: 'allocation-requested',
        allocation: 'n2',
        cluster: 'c',
        token: 'n2',
        slots: 4,
        resources: { slots: 4 },
        walltimeMs: 150_000,
        leaseMs: null,
      })
      .started('n2')
      .hello('n2')
      .node('n1');
    story
      .define('e', ['b'])
      .start('e@b', 'n2', 0)
      .at(100_000)
      .tell({ kind: 'run-stop-requested', run: 'e@b', attempt: 1, cause: 'consolidation', graceMs: 1 });
    story
      .end('e@b', { stopCause: 'consolidation', kind: 'signal', exitCode: null, signal: 'SIGTERM', checkpointAtMs: beginMs + 100_000 })
      .start('e@b', 'n1', 0);
    expect(saving(released(story).at(900_000).end('e@b'))).toMatchObject({ savedNodeMs: 48_000 });
  });

  test('is nothing as long as no node was given back, and nothing where nobody was moved', () => {
    expect(saving(moved().at(300_000))).toMatchObject({ moves: 1, nodes: 0, savedNodeMs: 0 });
    expect(saving(new AccountStory().node('n1'))).toBeUndefined();
  });

  test('counts what the same runs would have billed with a node each', () => {
    const story = released(moved()).at(400_000).end('e@a').end('e@b').gone('n1').allocationEnded('n1');
    const { clusters, experiments } = story.accounting();
    expect(clusters.get('c')).toMatchObject({ billedNodeMs: 502_000, aloneNodeMs: 400_000 + 90_000 + 300_000 });
    expect(experiments.get('e')).toMatchObject({ aloneNodeMs: 790_000 });
  });
});
