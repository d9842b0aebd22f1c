import { splitDirective } from './split-directive.ts';

/** Options that would take a submission out of our hands, with the reason that a person is told. */
const forbidden: readonly (readonly [pattern: RegExp, because: string])[] = [
  [/^(-J.*|--job-name(=.*)?)$/, 'jobs are found again by the names that they are given here'],
  [/^(-a.*|--array(=.*)?)$/, 'each node is one job of its own'],
  [/^(-N.*|--nodes(=.*)?)$/, 'each job is one node; max_jobs says how many there may be'],
  [/^(-W|--wait)$/, 'sbatch would not return before the job ends'],
  [/^(-Q|--quiet)$/, 'the number of the job would not be told'],
  [/^--(test-only|wrap(=.*)?|help|usage|version)$/, 'nothing would be submitted that serves runs'],
  [/^(-H|--hold)$/, 'the job would wait until somebody releases it'],
  [/^(-h|-V)$/, 'nothing would be submitted'],
  [/^--requeue$/, 'a job that comes back under the same number would be a node that nobody expects'],
];

/** Why directives of a definition cannot be passed to sbatch, a sentence each; none when they can. */
export function directiveObjections(directives: readonly string[]): readonly string[] {
  return directives.flatMap((directive) => {
    const words = splitDirective(directive);
    if (words === null) return [`the directive ${JSON.stringify(directive)} leaves a quote open`];
    if (words.length > 0 && !words[0]?.startsWith('-'))
      return [`the directive ${JSON.stringify(directive)} is no option of sbatch: expected one that begins with -`];
    return words.flatMap((word) => {
      const because = forbidden.find(([pattern]) => pattern.test(word))?.[1];
      return because === undefined ? [] : [`the directive ${JSON.stringify(directive)} cannot be used: ${because}`];
    });
  });
}
