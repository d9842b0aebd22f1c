import type { AttemptRow } from '../ports/run-index.ts';
import type { SlotSegment, SlotUse, TimelineQuestion } from '../model/node-timeline.ts';

/** What the attempt did to its slots, one segment for each use and slot. Nothing before its start or outside of the question. */
export function segmentsOfAttempt(row: AttemptRow, question: TimelineQuestion): readonly SlotSegment[] {
  const { startedAtMs, endedAtMs, outcome } = row;
  if (startedAtMs === null) return [];
  const endMs = endedAtMs ?? question.nowMs;
  const savedMs = outcome?.checkpointAtMs ?? null;
  const isFinished = outcome !== null && outcome.kind === 'exit' && outcome.exitCode === 0 && outcome.stopCause === null;
  const rest: SlotUse =
    outcome === null
      ? endedAtMs === null
        ? 'open'
        : 'redone'
      : isFinished
        ? 'useful'
        : outcome.stopCause !== null || outcome.kind === 'lost'
          ? 'redone'
          : 'failed';
  const splitMs =
    rest === 'useful' || rest === 'failed' || savedMs === null ? startedAtMs : Math.min(Math.max(savedMs, startedAtMs), endMs);
  const isMoved = outcome?.stopCause === 'consolidation';
  const pieces: readonly (readonly [number, number, SlotUse, boolean])[] = [
    [startedAtMs, splitMs, 'useful', isMoved && splitMs === endMs],
    [splitMs, endMs, rest, isMoved],
  ];
  return row.slots.flatMap((slot) =>
    pieces.flatMap(([from, to, use, isMovedThen]) => {
      const [fromMs, toMs] = [Math.max(from, question.fromMs), Math.min(to, question.toMs)];
      return fromMs < toMs ? [{ node: row.node, slot, fromMs, toMs, use, run: row.run, runs: 1, isMoved: isMovedThen }] : [];
    }),
  );
}

/**
 * The segments by node, slot and time, with neighbours drawn together where one of them is shorter than a bucket and the
 * gap between them too. The longer one gives the use. So no slot has many more segments than the question has buckets.
 */
export function drawnTogether(segments: readonly SlotSegment[], bucketMs: number): readonly SlotSegment[] {
  const sorted = [...segments].sort((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : a.slot - b.slot || a.fromMs - b.fromMs));
  const drawn: SlotSegment[] = [];
  for (const segment of sorted) {
    const last = drawn.at(-1);
    if (last !== undefined && isTogether(last, segment, bucketMs)) drawn[drawn.length - 1] = join(last, segment);
    else drawn.push(segment);
  }
  return drawn;
}

function isTogether(a: SlotSegment, b: SlotSegment, bucketMs: number): boolean {
  if (a.node !== b.node || a.slot !== b.slot || b.fromMs - a.toMs >= bucketMs) return false;
  return a.toMs - a.fromMs < bucketMs || b.toMs - b.fromMs < bucketMs;
}

function join(a: SlotSegment, b: SlotSegment): SlotSegment {
  const isSameRun = a.run !== null && a.run === b.run;
  const longer = b.toMs - b.fromMs > a.toMs - a.fromMs ? b : a;
  return {
    ...a,
    toMs: Math.max(a.toMs, b.toMs),
    use: longer.use,
    run: isSameRun ? a.run : null,
    runs: isSameRun ? a.runs : a.runs + b.runs,
    isMoved: a.isMoved || b.isMoved,
  };
}
