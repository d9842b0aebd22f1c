import type { ApplyDefinitions } from '@juqueue/client';

/** What becomes of running runs whose definition has changed. */
export type Choice = NonNullable<ApplyDefinitions['others']>;

/** In the order in which they are offered: what loses nothing first. */
export const choices: readonly { readonly choice: Choice; readonly words: string }[] = [
  { choice: 'finish', words: 'let them finish, then use the new version' },
  { choice: 'restart', words: 'stop them and start the new version' },
  { choice: 'skip', words: 'leave the experiment as it was' },
];

export const defaultChoice: Choice = 'finish';
