import type {
  AttemptRow,
  DispatchStretch,
  FailurePage,
  IndexChange,
  IndexFeed,
  LoadPoint,
  NodeMark,
  RunFacets,
  RunId,
  RunIndex,
  RunPage,
  RunRow,
  SlotSegment,
  StoredEvent,
} from '@juqueue/core';

/** Takes the rows that the engine puts in place; answers only by run, which is all that engine tests ask. */
export class FakeIndex implements RunIndex, IndexFeed {
  readonly rows = new Map<RunId, RunRow>();
  #appliedSeq = 0;

  apply(seq: number, changes: readonly IndexChange[]): void {
    this.#appliedSeq = seq;
    for (const change of changes) {
      if (change.kind === 'run') this.rows.set(change.row.id, change.row);
      if (change.kind === 'run-removed') this.rows.delete(change.id);
    }
  }

  async appliedSeq(): Promise<number> {
    return this.#appliedSeq;
  }

  async reset(): Promise<void> {
    this.rows.clear();
    this.#appliedSeq = 0;
  }

  async listRuns(): Promise<RunPage> {
    return { rows: [...this.rows.values()], nextCursor: null };
  }

  async failures(): Promise<FailurePage> {
    return { groups: [], groupCount: 0, runCount: 0 };
  }

  async countRuns(): Promise<number> {
    return this.rows.size;
  }

  async countFacets(): Promise<RunFacets> {
    return { total: this.rows.size, status: [], reason: [], experiment: [], cluster: [], node: [], parameters: [] };
  }

  async selectRuns(): Promise<readonly RunId[]> {
    return [...this.rows.keys()];
  }

  async attempts(): Promise<readonly AttemptRow[]> {
    return [];
  }

  async slotSegments(): Promise<readonly SlotSegment[]> {
    return [];
  }

  async nodeMarks(): Promise<readonly NodeMark[]> {
    return [];
  }

  async loadCurve(): Promise<readonly LoadPoint[]> {
    return [];
  }

  async dispatchStretches(): Promise<readonly DispatchStretch[]> {
    return [];
  }

  async events(): Promise<readonly StoredEvent[]> {
    return [];
  }

  async close(): Promise<void> {
    this.rows.clear();
  }
}
