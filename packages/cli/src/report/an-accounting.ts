import type { Accounting, AllocationAccount, LedgerParts } from '@juqueue/client';

export const hourMs = 3_600_000;
export const beginMs = Date.UTC(2026, 10, 20, 22);

const noParts: LedgerParts = {
  useful: 0,
  open: 0,
  redone: 0,
  failed: 0,
  startUp: 0,
  dispatch: 0,
  closing: 0,
  quantisation: 0,
  fragmentation: 0,
  idle: 0,
};

/** Figures of a bill of so many hours of a node with four slots. */
export function bill(hours: number, parts: Partial<LedgerParts>) {
  return {
    billedNodeSeconds: hours * 3_600,
    provisionalNodeSeconds: 0,
    billedSlotMs: 4 * hours * hourMs,
    partsSlotMs: { ...noParts, ...parts },
  };
}

export function anAllocation(
  id: string,
  hours: number,
  parts: Partial<LedgerParts>,
  traits: Partial<AllocationAccount> = {},
): AllocationAccount {
  const { provisionalNodeSeconds: _none, ...figures } = bill(hours, parts);
  return {
    id,
    cluster: 'hpc',
    jobId: `1${id.length}`,
    host: 'n1201',
    status: 'ended',
    slots: 4,
    requestedAtMs: beginMs,
    startedAtMs: beginMs,
    endedAtMs: beginMs + hours * hourMs,
    isProvisional: false,
    ...figures,
    ...traits,
  };
}

/** One node of four slots for ten hours over midnight, three quarters of it useful. For tests. */
export function anAccounting(traits: Partial<Accounting> = {}): Accounting {
  const whole = bill(10, { useful: 30 * hourMs, idle: 10 * hourMs });
  const consolidation = { moves: 0, nodes: 0, savedNodeSeconds: 0, redoneNodeSeconds: 0 };
  const bounded = { ...whole, allocations: 1, aloneNodeSeconds: 108_000, lowerBoundNodeSeconds: 27_000, efficiency: 0.75, recoverable: 0 };
  return {
    asOfMs: beginMs + 10 * hourMs,
    total: bounded,
    clusters: [{ name: 'hpc', ...bounded, billing: { unit: 'core-h', perNodeHour: 48 }, consolidation }],
    experiments: [{ name: 'sweep', ...whole, allocations: 1, aloneNodeSeconds: 108_000 }],
    unattributed: { ...bill(0, {}), allocations: 0, aloneNodeSeconds: 0 },
    days: [
      { day: '2026-11-20', ...bill(2, { useful: 6 * hourMs, idle: 2 * hourMs }) },
      { day: '2026-11-21', ...bill(8, { useful: 24 * hourMs, idle: 8 * hourMs }) },
    ],
    allocations: [anAllocation('hpc-00001', 10, { useful: 30 * hourMs, idle: 10 * hourMs })],
    nextCursor: null,
    ...traits,
  };
}
