/** What a line may hold that says why a program ended: the words of interpreters, shells, launchers and libraries. */
const telling =
  /\b[A-Za-z_.]*(?:Error|Exception|Interrupt|Exit)\b(?::|$)|\b(?:error|fatal|panic|failed|failure|cannot|can't|unable to|abort(?:ed|ing)?|segmentation fault|core dumped|killed|out of memory|assertion|not found|no such file|denied|undefined|unrecogni[sz]ed|invalid)\b/i;

/** Ours and the launchers' words about the end itself; they follow the line that says why. */
const aboutTheEnd = /^(?:srun|mpirun|prterun|slurmstepd|make|time): |exited with (?:exit )?code|^\s*\^+\s*$|^Primary job +terminated/i;

/** How much of a line is kept: enough for a sentence, little enough to be kept with a hundred thousand runs. */
const longestLine = 300;

/**
 * The line of an output that most likely says what went wrong: the last one that looks like an error, else the last one
 * with anything in it; null when there is none. Colours and what a progress bar has overwritten are left out.
 */
export function tellingLine(output: string): string | null {
  return errorLine(output) ?? cut(plainLines(output).at(-1));
}

/** The last line that looks like an error; null when none does. */
export function errorLine(output: string): string | null {
  return cut(plainLines(output).findLast((line) => telling.test(line) && !aboutTheEnd.test(line)));
}

function cut(line: string | undefined): string | null {
  if (line === undefined) return null;
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

/** Lines as a terminal would show them in the end, without the empty ones. */
function plainLines(output: string): readonly string[] {
  return output
    .replace(ansiSequence, '')
    .split('\n')
    .map((line) => line.trimEnd().split('\r').at(-1)?.trim() ?? '')
    .filter((line) => line !== '');
}

/** Colours, cursor movements and titles. */
const ansiSequence = new RegExp('\\u001b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)|[@-Z\\\\-_])', 'g');
