import { describeDamage } from '@juqueue/core';
import type { JournalNotice } from '@juqueue/core';

/** What opening the journal found, for the person who started the manager. */
export function describeJournalNotice(notice: JournalNotice): string {
  switch (notice.kind) {
    case 'torn-tail':
      return `The last write to the journal was cut short (${notice.bytes} bytes of ${notice.segment}); nothing that was acknowledged is missing. It goes on after event ${notice.lastSeq}.`;
    case 'states-passed-over':
      return `${notice.states.join(', ')} of the journal ${notice.states.length === 1 ? 'is' : 'are'} damaged; an older state and the events since then say the same, so nothing is lost.`;
    case 'repaired':
      return `${describeDamage(notice.damage)} What came behind it is lost, and kept for inspection as ${notice.setAside.join(', ')}.`;
  }
}
