/**
 * The arguments in one directive, as they stand behind `#SBATCH`: separated by blanks, with single quotes, double quotes
 * and backslashes as Slurm reads them. A `#` that begins a word ends the directive. Null when a quote is left open.
 */
export function splitDirective(text: string): readonly string[] | null {
  const source = text.replace(/^\s*#SBATCH\b/, '');
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === '\\' && quote !== "'" && at + 1 < source.length) {
      at += 1;
      word = (word ?? '') + source.charAt(at);
    } else if (quote !== null) {
      if (char === quote) quote = null;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === '#' && word === null) {
      return words;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== null) return null;
  return word === null ? words : [...words, word];
}
