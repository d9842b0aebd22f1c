import { openJournalStore } from './journal-store.ts';
import { endedEvent } from './event-samples.ts';

/** A process that appends until it is killed, several appends at a time, and prints each number once it is acknowledged. */
const opened = await openJournalStore({ directory: process.argv[2] ?? '', segmentBytes: 20_000 });
if (opened.kind !== 'open') throw new Error('the journal is damaged');
let seq = opened.lastSeq;
const appendNext = async (): Promise<void> => {
  for (;;) {
    seq += 1;
    const mine = seq;
    await opened.store.append([endedEvent(mine)]);
    process.stdout.write(`${mine}\n`);
  }
};
await Promise.all([appendNext(), appendNext(), appendNext()]);
