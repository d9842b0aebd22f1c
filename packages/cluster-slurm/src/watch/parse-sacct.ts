import { parseInstant } from '../slurm-time.ts';

/** One execution of a job as sacct has it; a requeued or resized job has several of the same number. */
export interface AccountedExecution {
  readonly jobId: string;
  readonly state: string;
  readonly submittedAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly nodes: string;
  readonly name: string;
}

/** Fields that sacct has had in every version; an unknown one would be an error. The name last: it may hold anything. */
export const sacctFields = 'JobIDRaw,State,Submit,Start,End,Partition,NodeList,JobName';

const fieldCount = sacctFields.split(',').length;

export type SacctReading =
  { readonly kind: 'read'; readonly executions: readonly AccountedExecution[] } | { readonly kind: 'unreadable'; readonly message: string };

/**
 * The executions in sacct's answer. One without a partition is a record that the controller has not completed yet; it is
 * left out, as if it had not arrived.
 */
export function parseSacct(stdout: string): SacctReading {
  if (stdout !== '' && !stdout.endsWith('\n')) return { kind: 'unreadable', message: 'the answer of sacct breaks off' };
  const executions: AccountedExecution[] = [];
  for (const line of stdout.split('\n')) {
    if (!line.includes('|')) continue;
    const fields = line.split('|');
    const [jobId = '', state = '', submitted = '', started = '', ended = '', partition = '', nodes = ''] = fields;
    if (fields.length < fieldCount || !/^\d+$/.test(jobId))
      return { kind: 'unreadable', message: `sacct answered a line that is none of its own: ${line.slice(0, 200)}` };
    if (partition === '') continue;
    executions.push({
      jobId,
      state,
      submittedAtMs: parseInstant(submitted),
      startedAtMs: parseInstant(started),
      endedAtMs: parseInstant(ended),
      nodes: nodes === 'None assigned' ? '' : nodes,
      name: fields.slice(fieldCount - 1).join('|'),
    });
  }
  return { kind: 'read', executions };
}
