/**
 * The number of the job that sbatch made, from its standard output; null when it names none. With `--parsable` it is a
 * line of its own, `id` or `id;cluster`, the last one that looks like that: sites print banners, with digits in them,
 * around it. Wrappers that drop the option leave Slurm's sentence.
 */
export function parseSbatchOutput(stdout: string): string | null {
  const lines = stdout.split('\n').map((line) => line.trim());
  const parsable = lines.findLast((line) => /^\d+(;[\w.-]+)?$/.test(line));
  const sentence = lines.findLast((line) => /\bSubmitted batch job \d+/.test(line));
  return /^\d+/.exec(parsable ?? '')?.[0] ?? /\bSubmitted batch job (\d+)/.exec(sentence ?? '')?.[1] ?? null;
}
