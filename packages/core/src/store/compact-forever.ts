import { openJournalStore } from './journal-store.ts';
import { recover } from '../engine/recover.ts';
import { MemoryRunIndex } from './memory-run-index.ts';

/** A process that appends and draws its journal together until it is killed, and prints each number once it is acknowledged. */
const opened = await openJournalStore({ directory: process.argv[2] ?? '', segmentBytes: 1_000, compactionBytes: 1 });
if (opened.kind !== 'open') throw new Error('the journal is damaged');
const { store } = opened;
let { nextSeq } = await recover(store, new MemoryRunIndex());
let isCompacting = false;
for (;;) {
  const seq = nextSeq++;
  await store.append([
    { seq, atMs: 1_700_000_000_000 + seq, event: { kind: 'manager-started', epoch: seq, host: 'h', pid: 1, version: 'v' } },
  ]);
  process.stdout.write(`${seq}\n`);
  if (isCompacting) continue;
  isCompacting = true;
  void store.compaction
    .save(seq)
    .then(() => store.compaction.removeOld())
    .finally(() => (isCompacting = false));
}
