import type { ClusterBilling, ResourceVector } from '../model/definition.ts';
import type { ShapeIssue } from './check-shape.ts';

export type BillingSource = string | { readonly unit: string; readonly per_node_hour?: number };

/** Units that follow from what a node has: its name and the amount per node-hour. */
const derivedUnits: Readonly<Record<string, { readonly of: string; readonly key: string }>> = {
  'core-h': { of: 'cpus', key: 'cores' },
  'GPU-h': { of: 'gpus', key: 'cuda_devices_per_slot' },
};

/** In which unit a cluster's bills are shown. Units that do not follow from the node need their amount per node-hour. */
export function readBilling(
  source: BillingSource | undefined,
  node: ResourceVector,
): { readonly billing: ClusterBilling | null; readonly issues: readonly ShapeIssue[] } {
  if (source === undefined) return { billing: null, issues: [] };
  const { unit, per_node_hour: declared } = typeof source === 'string' ? { unit: source } : source;
  if (declared !== undefined) return { billing: { unit, perNodeHour: declared }, issues: [] };
  if (unit === 'node-h') return { billing: { unit, perNodeHour: 1 }, issues: [] };
  const derived = derivedUnits[unit];
  const amount = derived === undefined ? undefined : node[derived.of];
  if (amount !== undefined) return { billing: { unit, perNodeHour: amount }, issues: [] };
  const example = `{unit: ${unit}, per_node_hour: 1.5}`;
  const message =
    derived === undefined
      ? `how much '${unit}' a node-hour is has to be declared, expected ${example}`
      : `how much '${unit}' a node-hour is follows from '${derived.key}', which is not declared; expected that or ${example}`;
  return { billing: null, issues: [{ path: ['billing'], at: 'value', severity: 'error', code: 'wrong-value', message, hint: null }] };
}
