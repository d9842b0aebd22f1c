import type { ParameterValue } from '../model/definition.ts';
import type { RunStatus } from '../model/run-status.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** `--where`: comparisons of parameters, all of which must hold. */
export interface ParameterCondition {
  readonly parameter: string;
  readonly operator: Comparison;
  readonly value: ParameterValue;
}

/**
 * Which runs are meant; the one grammar of command line, REST and search. All parts must hold; an empty part says
 * nothing. `names` holds global ids and globs (`sweep@*`, `*@seed1`), any of which may match; of `except` none may.
 */
export interface Selector {
  readonly names: readonly string[];
  readonly except: readonly string[];
  readonly statuses: readonly RunStatus[];
  readonly reasons: readonly string[];
  readonly experiments: readonly string[];
  readonly clusters: readonly string[];
  readonly nodes: readonly string[];
  /** Ids of failure signatures: failed runs of these kinds. */
  readonly failures: readonly string[];
  readonly where: readonly ParameterCondition[];
}

export const everyRun: Selector = {
  names: [],
  except: [],
  statuses: [],
  reasons: [],
  experiments: [],
  clusters: [],
  nodes: [],
  failures: [],
  where: [],
};
