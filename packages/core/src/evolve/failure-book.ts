import type { NodeRecord } from '../decide/failures.ts';
import type { ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { AttemptOutcome, Run } from '../model/run.ts';
import { badNode, noteEnding } from '../decide/failures.ts';

/** A node that is suspected of letting runs fail. */
export interface Suspect {
  readonly node: NodeId;
  readonly host: string;
  readonly sinceMs: number;
  readonly failedRuns: readonly string[];
}

interface Count {
  finished: number;
  failed: number;
  readonly ways: Map<string, number>;
}

/** What the journal says of failures, as plain lists. */
export interface SavedFailures {
  readonly nodes: readonly (readonly [
    NodeId,
    {
      readonly earlyFailures: readonly RunId[];
      readonly failedExperiments: readonly ExperimentName[];
      readonly goodExperiments: readonly ExperimentName[];
    },
  ])[];
  readonly counts: readonly (readonly [
    ExperimentName,
    { readonly finished: number; readonly failed: number; readonly ways: readonly (readonly [string, number])[] },
  ])[];
  readonly suspects: readonly Suspect[];
}

/** More ways to fail than these are not told apart: sentences may hold numbers that differ each time. */
const waysMax = 100;
/** A suspect host is avoided for a day: by then somebody has looked at it, or it was not the host. */
export const suspicionMs = 86_400_000;

/** How attempts ended, by node and by experiment: what is needed to tell a bad node from bad runs. */
export class FailureBook {
  readonly #nodes = new Map<NodeId, NodeRecord>();
  readonly #counts = new Map<ExperimentName, Count>();
  #suspects: readonly Suspect[] = [];
  #suspectNodes: ReadonlySet<NodeId> = new Set();

  /** Suspected nodes, the gone ones of the last day included. */
  get suspects(): readonly Suspect[] {
    return this.#suspects;
  }

  get suspectNodes(): ReadonlySet<NodeId> {
    return this.#suspectNodes;
  }

  countOf(experiment: ExperimentName): Readonly<Count> | null {
    return this.#counts.get(experiment) ?? null;
  }

  saved(): SavedFailures {
    return {
      nodes: [...this.#nodes].map(([node, record]) => [
        node,
        { ...record, failedExperiments: [...record.failedExperiments], goodExperiments: [...record.goodExperiments] },
      ]),
      counts: [...this.#counts].map(([experiment, count]) => [experiment, { ...count, ways: [...count.ways] }]),
      suspects: this.#suspects,
    };
  }

  restore({ nodes, counts, suspects }: SavedFailures): void {
    for (const [node, record] of nodes)
      this.#nodes.set(node, {
        ...record,
        failedExperiments: new Set(record.failedExperiments),
        goodExperiments: new Set(record.goodExperiments),
      });
    for (const [experiment, count] of counts) this.#counts.set(experiment, { ...count, ways: new Map(count.ways) });
    this.#suspects = suspects;
    this.#suspectNodes = new Set(suspects.map(({ node }) => node));
  }

  /** `before` has the execution that ended with `outcome` and made it `after`. */
  follow(before: Run, after: Run, outcome: AttemptOutcome, host: string, atMs: number): void {
    const hasFailed = failedByItself(outcome);
    const node = before.execution?.node;
    if (node !== undefined && (hasFailed || outcome.kind === 'exit')) {
      this.#nodes.set(
        node,
        noteEnding(this.#nodes.get(node), {
          run: before.id,
          experiment: before.experiment,
          hasFailed,
          tookMs: outcome.endedAtMs - (outcome.startedAtMs ?? outcome.endedAtMs),
        }),
      );
      const bad = hasFailed ? badNode(node, this.#nodes) : null;
      if (bad !== null) this.#suspect({ node, host, sinceMs: atMs, failedRuns: bad.failedRuns }, atMs);
    }
    this.#count(after);
  }

  forgetNode(node: NodeId): void {
    this.#nodes.delete(node);
  }

  /** Counting begins anew: somebody has looked, or the experiment is gone. */
  forgetExperiment(experiment: ExperimentName): void {
    this.#counts.delete(experiment);
  }

  #suspect(suspect: Suspect, atMs: number): void {
    this.#suspects = [...this.#suspects.filter((known) => known.node !== suspect.node && atMs - known.sinceMs < suspicionMs), suspect];
    this.#suspectNodes = new Set(this.#suspects.map(({ node }) => node));
  }

  #count({ experiment, status, detail }: Run): void {
    if (status !== 'finished' && status !== 'failed') return;
    const count = this.#counts.get(experiment) ?? { finished: 0, failed: 0, ways: new Map<string, number>() };
    this.#counts.set(experiment, count);
    count[status] += 1;
    if (status === 'failed' && detail !== null && (count.ways.has(detail) || count.ways.size < waysMax))
      count.ways.set(detail, (count.ways.get(detail) ?? 0) + 1);
  }
}

/** Did the run end badly without our asking and with its node alive? */
function failedByItself({ kind, exitCode, stopCause, isBystander }: AttemptOutcome): boolean {
  return (
    stopCause === null && isBystander !== true && (kind === 'signal' || kind === 'out-of-memory' || (kind === 'exit' && exitCode !== 0))
  );
}
