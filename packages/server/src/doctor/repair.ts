import { homedir } from 'node:os';
import { join } from 'node:path';
import { defaultFencingTimes, JuqueueError, showAlive, takeEpoch } from '@juqueue/core';
import { EpochKeeper } from '../epoch/epoch-keeper.ts';
import { openIndex, openJournal } from '../open-state.ts';
import { systemClock } from '@juqueue/http';
import { openWorkDir } from '../work-dir/open-work-dir.ts';

/**
 * Makes the state of a work-dir readable again without serving it: sets the damaged remainder of its journal aside and begins
 * its index anew. What it did is told in sentences. It takes an epoch of its own that the journal never learns of, by
 * which the next manager sees that events may be missing and looks them up in the work-dir. Throws JuqueueError when it may
 * not act, first of all because a manager lives.
 */
export async function repairWorkDir(path: string, tell: (sentence: string) => void): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const uid = process.getuid?.();
  if (uid === undefined) throw new JuqueueError('JQ_WORK_DIR_NOT_PRIVATE', 'A repair needs a system with Unix users.', 'Run it on Linux.');
  const stateDir = join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'juqueue');
  const workDir = stack.use(await openWorkDir(path, { uid, stateDir }));
  for (const notice of workDir.notices) tell(notice);
  const keeper = stack.use(new EpochKeeper(workDir.path));
  await takeEpoch(keeper, systemClock, defaultFencingTimes, tell, () => stack.defer(showAlive(keeper, systemClock, defaultFencingTimes)));
  stack.defer(() => keeper.leave());
  const { store, lastSeq, isRepaired } = await openJournal(workDir.path, { isRepairing: true, tell });
  stack.defer(() => store.close());
  const { index } = await openIndex(workDir.path, lastSeq, tell);
  stack.defer(() => index.close());
  await index.reset();
  tell(
    isRepaired
      ? `The journal goes on after event ${lastSeq}; the next start looks up in the work-dir what is missing.`
      : `The journal is whole, up to event ${lastSeq}; the index is made anew by the next start.`,
  );
}
