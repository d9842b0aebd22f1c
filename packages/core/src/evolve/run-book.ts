import type { RunId } from '../model/ids.ts';
import type { Observation, Run } from '../model/run.ts';
import { assert } from '../model/assert.ts';

/** All runs, and what their nodes have seen of those that execute. */
export class RunBook {
  readonly byId = new Map<RunId, Run>();
  readonly observations = new Map<RunId, Observation>();

  need(id: RunId): Run {
    const run = this.byId.get(id);
    assert(run !== undefined, `an event names run ${id}, which does not exist`);
    return run;
  }

  needAttempt(id: RunId, attempt: number): Run {
    const run = this.need(id);
    assert(
      run.attempt === attempt && run.execution !== null,
      `an event names attempt ${attempt} of ${id}, which is at ${run.attempt} and ${run.status}`,
    );
    return run;
  }

  /** What is said of another attempt than the present one is dropped. */
  observe(id: RunId, observation: Observation): void {
    const run = this.byId.get(id);
    if (run !== undefined && run.execution !== null && run.attempt === observation.attempt) this.observations.set(id, observation);
  }
}
