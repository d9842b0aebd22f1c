import { toasts } from '../shell/toasts.svelte.ts';
import { hub } from './hub-session.svelte.ts';

/** Does something and answers what came of it; null when it was refused, which a message says. */
export async function attempt<T>(action: () => Promise<T>, done: string | null = null): Promise<T | null> {
  try {
    const outcome = await action();
    if (done !== null) toasts.say(done);
    return outcome;
  } catch (error) {
    toasts.warn(error instanceof Error ? error.message : String(error));
    hub.noteError(error);
    return null;
  }
}
