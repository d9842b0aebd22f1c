import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTable } from './site/parse-table.ts';
import { parseInstant, parseTimeLimit } from './slurm-time.ts';
import { parseSbatchOutput } from './submit/parse-sbatch-output.ts';
import { parseSacct } from './watch/parse-sacct.ts';
import { parseSqueue } from './watch/parse-squeue.ts';

const piece = fc.constantFrom(
  '|',
  '||',
  '\n',
  '1',
  '42',
  '42;cluster',
  'Submitted batch job 42',
  'RUNNING',
  'CANCELLED by 0',
  'PENDING',
  'None',
  'Unknown',
  'N/A',
  '2026-11-21T10:00:00',
  '1-00:00:00',
  'UNLIMITED',
  '0:9',
  'node[1-3]',
  'slurm_load_jobs error: x',
  '\u001b[2J',
  '\0',
  ' ',
  'ü',
  '__proto__',
  '-',
);
const anyOutput = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
);

test('whatever Slurm and the wrappers of a site answer, it is read or unreadable; nothing throws, and no job is invented', () => {
  fc.assert(
    fc.property(anyOutput, (output) => {
      const queue = parseSqueue(output);
      if (queue.kind === 'read') for (const { jobId } of queue.jobs) expect(output).toContain(jobId);
      expect(parseSacct(output)).toHaveProperty('kind');
      const submitted = parseSbatchOutput(output);
      if (submitted !== null) expect(submitted).toMatch(/^\d+$/);
      const instant = parseInstant(output);
      expect(instant === null || Number.isFinite(instant)).toBe(true);
      const limit = parseTimeLimit(output);
      expect(limit === null || limit === 'unlimited' || Number.isFinite(limit)).toBe(true);
      expect(parseTable(output)).toBeDefined();
    }),
    { numRuns: 3_000 },
  );
});
