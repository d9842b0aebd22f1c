import { expect, test } from 'vitest';
import { ledgerCsv } from './ledger-csv.ts';

const nothing = {
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
const account = {
  billedNodeSeconds: 10,
  provisionalNodeSeconds: 0,
  aloneNodeSeconds: 0,
  allocations: 1,
  billedSlotMs: 40_000,
  partsSlotMs: { ...nothing, useful: 30_000, idle: 10_000 },
};

test('each row of the bill is a line whose parts sum to what was billed', () => {
  const lines = ledgerCsv({
    clusters: [],
    experiments: [{ name: 'a,b', ...account }],
    unattributed: { ...account, billedNodeSeconds: 0, billedSlotMs: 0, partsSlotMs: nothing },
    days: [{ day: '2026-11-21', ...account }],
  }).split('\r\n');
  expect(lines[0]).toBe(
    'kind,name,billedNodeSeconds,usefulNodeSeconds,openNodeSeconds,redoneNodeSeconds,failedNodeSeconds,startUpNodeSeconds,dispatchNodeSeconds,closingNodeSeconds,quantisationNodeSeconds,fragmentationNodeSeconds,idleNodeSeconds',
  );
  expect(lines.slice(1)).toEqual([
    'experiment,"a,b",10,7.5,0,0,0,0,0,0,0,0,2.5',
    'unattributed,,0,0,0,0,0,0,0,0,0,0,0',
    'day,2026-11-21,10,7.5,0,0,0,0,0,0,0,0,2.5',
    '',
  ]);
});
