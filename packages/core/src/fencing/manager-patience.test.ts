import { describe, expect, it } from 'vitest';
import { startAwakeClock, wakeUp } from './awake-clock.ts';
import { defaultFencingTimes as times } from './fencing-times.ts';
import type { NodePatience, PatienceInput, PatienceVerdict } from './manager-patience.ts';
import { judgeNode, startPatience, stepPatience } from './manager-patience.ts';

const others = { isNeeded: false, isAnyNodeLinked: true };
const read = (counter: number | null): readonly PatienceInput[] => [
  { kind: 'read-began' },
  { kind: 'read-completed', counter, isOurChallengeEchoed: false },
];

/** The patience after inputs at awake seconds; a number alone is a read that shows this counter. */
function told(start: NodePatience, ...script: readonly (readonly [seconds: number, input: PatienceInput | number])[]): NodePatience {
  return script.reduce((patience, [seconds, input]) => {
    const inputs = typeof input === 'number' ? read(input) : [input];
    return inputs.reduce((now, each) => stepPatience(now, each, seconds * 1_000), patience);
  }, start);
}

const linked = told(startPatience('n1', true, 0), [0, { kind: 'greeted' }], [5, { kind: 'answered' }]);
const unlinked = told(linked, [10, { kind: 'link-closed' }], [10, 7]);
const judge = (patience: NodePatience, seconds: number, circumstances = others): PatienceVerdict =>
  judgeNode(patience, circumstances, seconds * 1_000, times);

describe('the manager’s patience with a node', () => {
  it('hears a linked node that it answered lately', () => {
    expect(judge(linked, 19)).toEqual({ kind: 'heard' });
    expect(judge(linked, 20)).toEqual({ kind: 'unlinked', quietMs: 15_000, mustFence: false });
  });

  it('lets the runs of a node go on whose link is cut while its counter moves', () => {
    const moving = told(unlinked, [25, 8], [40, 9], [300, 10]);
    expect(judge(moving, 300)).toMatchObject({ kind: 'unlinked', mustFence: false });
  });

  it('fences it after link patience or when it is needed, once, and never while no node at all can connect', () => {
    expect(judge(unlinked, 604)).toMatchObject({ mustFence: false });
    expect(judge(unlinked, 605)).toMatchObject({ mustFence: true });
    expect(judge(unlinked, 30, { isNeeded: true, isAnyNodeLinked: true })).toMatchObject({ mustFence: true });
    expect(judge(unlinked, 605, { isNeeded: true, isAnyNodeLinked: false })).toMatchObject({ mustFence: false });
    expect(judge(told(unlinked, [606, { kind: 'fence-written' }]), 607)).toMatchObject({ mustFence: false });
  });

  it('calls it silent after 45 s and lapsed after 180 s, by reads that show the same counter', () => {
    expect(judge(told(unlinked, [55, 7]), 55)).toEqual({ kind: 'silent', silentMs: 45_000, lapsesInMs: 135_000 });
    expect(judge(told(unlinked, [189, 7]), 189)).toMatchObject({ kind: 'silent' });
    expect(judge(told(unlinked, [190, 7]), 190)).toEqual({ kind: 'lapsed', silentMs: 180_000 });
  });

  it('concludes nothing from time alone: not without a read, not from one that hangs, not from one that failed', () => {
    expect(judge(unlinked, 10_000)).toMatchObject({ kind: 'unlinked' });
    const hanging = told(unlinked, [20, { kind: 'read-began' }]);
    expect(judge(hanging, 10_000)).toMatchObject({ kind: 'unlinked' });
    expect(judge(told(hanging, [10_000, { kind: 'read-completed', counter: 7, isOurChallengeEchoed: false }]), 10_000)).toMatchObject({
      kind: 'unlinked',
    });
    expect(judge(told(hanging, [10_000, { kind: 'read-failed' }], [10_010, 7]), 10_010)).toMatchObject({ kind: 'unlinked' });
  });

  it('takes a counter that vanished for one that could not be read, and one that never was for silence', () => {
    expect(
      judge(
        told(unlinked, [200, { kind: 'read-began' }], [200, { kind: 'read-completed', counter: null, isOurChallengeEchoed: false }]),
        200,
      ),
    ).toMatchObject({ kind: 'unlinked' });
    const never = told(
      linked,
      [10, { kind: 'link-closed' }],
      [185, { kind: 'read-began' }],
      [185, { kind: 'read-completed', counter: null, isOurChallengeEchoed: false }],
    );
    expect(judge(never, 185)).toMatchObject({ kind: 'lapsed' });
  });

  it('ends its silence with an answer, a greeting or a counter that moved', () => {
    const silent = told(unlinked, [150, 7]);
    expect(judge(told(silent, [155, 8]), 155)).toMatchObject({ kind: 'unlinked' });
    expect(judge(told(silent, [155, { kind: 'greeted' }]), 155)).toEqual({ kind: 'heard' });
  });

  it('takes every node as heard at its own start, and waits longer for those that may still hear its predecessor', () => {
    const adopted = told(startPatience('n1', false, 0), [15, 7]);
    expect(judge(told(adopted, [15 + 180, 7]), 195)).toMatchObject({ kind: 'silent', lapsesInMs: times.predecessorMs });
    expect(judge(told(adopted, [15 + 180 + 1_800, 7]), 1_995)).toMatchObject({ kind: 'lapsed' });
    const greeted = told(adopted, [20, { kind: 'greeted' }]);
    expect(judge(told(greeted, [200, 7]), 200)).toMatchObject({ kind: 'silent' });
    expect(judge(told(greeted, [20, { kind: 'answered' }], [200, 7]), 200)).toMatchObject({ kind: 'lapsed' });
  });

  it('does not count a gap in which the manager itself was not awake', () => {
    const awake = [5_000, 15_000, 215_000, 220_000].reduce((clock, ms) => wakeUp(clock, ms, times), startAwakeClock(0));
    expect(awake.awakeMs).toBe(20_000);
  });
});
