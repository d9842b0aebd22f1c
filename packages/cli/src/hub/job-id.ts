import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';

/** Whether a word means a job of the hub, which is a UUID; ids of runs have an @ in them. */
export function isJobId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** The id as it stands. Throws a usage error when it cannot be one. */
export function expectJobId(text: string): string {
  if (isJobId(text)) return text;
  throw new CommandError(
    exitCodes.usage,
    'JQ_BAD_REQUEST',
    `'${text}' is no id of a job, expected a UUID such as 0197f0b2-7a6e-7c1d-8f00-3c1b2a4d5e6f.`,
    'juqueue jobs lists yours.',
  );
}
