import type { Accounting, ClusterBilling } from '@juqueue/client';

/** The unit in which all clusters are billed; null when they differ or nobody declares one: node-hours then. */
export function siteUnit({ clusters }: Accounting): ClusterBilling | null {
  const [first = null, ...others] = clusters.map(({ billing }) => billing);
  return first !== null && others.every((other) => other?.unit === first.unit && other.perNodeHour === first.perNodeHour) ? first : null;
}

export function inUnit(nodeSeconds: number, { perNodeHour }: ClusterBilling): number {
  return (nodeSeconds / 3_600) * perNodeHour;
}

/** `3.500 node-h` would only repeat the node-hours beside it. */
export function isNewsBesideNodeHours(billing: ClusterBilling | null): billing is ClusterBilling {
  return billing !== null && billing.perNodeHour !== 1;
}

/** `57 801.6`: groups of three, as many digits behind the point as matter. */
export function amount(value: number): string {
  const digits = value >= 1_000 ? 0 : value >= 10 ? 1 : 3;
  const [whole = '', rest] = value.toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}
