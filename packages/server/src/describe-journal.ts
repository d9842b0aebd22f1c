import type { JournalNotice } from '@juqueue/core';

/** What opening the journal found, for the person who started the manager. */
export function describeJournalNotice(notice: JournalNotice): string {
  switch (notice.kind) {
    case 'torn-tail':
      return `The last write to the journal was cut short (${notice.bytes} bytes of ${notice.segment}); nothing that was acknowledged is missing. It goes on after event ${notice.lastSeq}.`;
    case 'repaired':
      return `The journal was damaged after event ${notice.damage.lastGoodSeq}; what came behind is set aside as ${notice.setAside.join(', ')}.`;
  }
}
