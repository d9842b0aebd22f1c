import type { NodeMark, TimelineLane } from '@juqueue/client';

/** A mark of a node as people say it. */
export function markText({ kind, because, run, toNode }: NodeMark): string {
  const why = because === null ? '' : ` (${because})`;
  switch (kind) {
    case 'drained':
      return `takes no new runs${why}`;
    case 'undrained':
      return 'takes runs again';
    case 'moved-away':
      return `consolidation moves ${run ?? 'a run'} ${toNode === null ? 'away' : `to ${toNode}`}`;
    case 'release-requested':
      return `is given back when it is empty${why}`;
    case 'cancel-requested':
      return `is given back${why}`;
  }
}

/** The marks that are meant by a place on a lane: those within so many milliseconds. */
export function marksNear({ marks }: Pick<TimelineLane, 'marks'>, ms: number, withinMs: number): readonly NodeMark[] {
  return marks.filter(({ atMs }) => Math.abs(atMs - ms) <= withinMs);
}
