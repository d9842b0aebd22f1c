import { ApiError } from '@juqueue/client';
import { countOf } from '../format/amount.ts';
import { session } from '../session/session.svelte.ts';
import { toasts } from '../shell/toasts.svelte.ts';

/** Undoes commands as far as that is still possible, and says how far that was. */
export async function undo(operations: readonly string[], done: () => void): Promise<void> {
  try {
    const results = [];
    for (const id of operations) results.push(await session.client.call('undoOperation', { path: { id } }));
    const affected = results.reduce((sum, result) => sum + result.affected, 0);
    const skipped = results.reduce((sum, result) => sum + result.skippedCount, 0);
    const because = results.flatMap((result) => result.skipped)[0]?.because ?? '';
    toasts.say(`Undone for ${countOf(affected, 'run')}${skipped === 0 ? '' : `; ${countOf(skipped, 'run')} left alone: ${because}`}.`);
  } catch (error) {
    session.noteError(error);
    toasts.warn(error instanceof ApiError ? error.message : 'The server does not answer.');
  }
  done();
}
