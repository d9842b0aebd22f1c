/**
 * Names of the nouns. They are plain strings on the wire and in the journal; the aliases say which one a signature means.
 * A run's global id is `experiment@run`; neither half may contain `@` (see define/names).
 */
export type ExperimentName = string;
export type RunName = string;
export type RunId = string;
export type ClusterName = string;
export type AllocationId = string;
/** A node is an allocation whose NodeManager has connected, so it carries the allocation's id. */
export type NodeId = AllocationId;
/** Random name of one start of a NodeManager. */
export type Nonce = string;

export function runId(experiment: ExperimentName, name: RunName): RunId {
  return `${experiment}@${name}`;
}

/** Splits a global run id into experiment and run name; null when it is not one. */
export function parseRunId(id: string): { readonly experiment: ExperimentName; readonly name: RunName } | null {
  const at = id.indexOf('@');
  if (at <= 0 || at === id.length - 1 || id.indexOf('@', at + 1) !== -1) return null;
  return { experiment: id.slice(0, at), name: id.slice(at + 1) };
}

/** The one order of ids: by UTF-16 code unit, so that every machine and locale agrees. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The number at the end of an allocation's id; 0 when it has none. */
export function allocationNumber(id: AllocationId): number {
  return Number(/-(\d+)$/.exec(id)?.[1] ?? 0);
}
