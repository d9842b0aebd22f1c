import { join } from 'node:path';
import { describeDamage, JuqueueError, openJournalStore, openRunIndex, workDirPaths } from '@juqueue/core';
import type { IndexFeed, RunIndex, Store } from '@juqueue/core';
import { describeJournalNotice } from './describe-journal.ts';
import type { EngineOptions } from './manager-options.ts';

export interface OpenedState {
  readonly store: Store;
  readonly lastSeq: number;
  /** A damaged remainder was set aside just now, and what stood in it is lost. */
  readonly isRepaired: boolean;
}

/** The journal of a work-dir. Throws JQ_JOURNAL_DAMAGED, saying from which event and time on something is lost and the way on. */
export async function openJournal(
  workDir: string,
  { isRepairing, tell }: Pick<EngineOptions, 'isRepairing' | 'tell'>,
): Promise<OpenedState> {
  const opened = await openJournalStore({ directory: join(workDir, workDirPaths.journal), repair: isRepairing });
  if (opened.kind === 'damaged')
    throw new JuqueueError(
      'JQ_JOURNAL_DAMAGED',
      describeDamage(opened.damage),
      'juqueue doctor --repair (or a start with --repair) sets what comes behind aside and goes on from there.',
    );
  for (const notice of opened.notices) tell(describeJournalNotice(notice));
  return { ...opened, isRepaired: opened.notices.some(({ kind }) => kind === 'repaired') };
}

/** `isAhead`: the index knows events that the journal has lost, so the journal is an older copy. Either way it agrees with the journal afterwards. */
export async function openIndex(
  workDir: string,
  journalSeq: number,
  tell: (sentence: string) => void,
): Promise<{ readonly index: RunIndex & IndexFeed; readonly isAhead: boolean }> {
  const { index, notice } = await openRunIndex({ file: join(workDir, workDirPaths.index), journalSeq });
  if (notice.kind === 'in-memory') tell(`The index is kept in memory and made anew at each start: ${notice.because}.`);
  if (notice.kind === 'emptied' && notice.aheadSeq !== null)
    tell(`The index knew events up to ${notice.aheadSeq}, the journal ends with ${journalSeq}: the index is made anew.`);
  return { index, isAhead: notice.kind === 'emptied' && notice.aheadSeq !== null };
}
