import { readdirSync, readFileSync } from 'node:fs';

/** Processes whose command line has all these words. */
export function processesWith(...words: readonly string[]): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.every((word) => line.includes(word));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The agents of this work-dir. */
export function agentProcesses(workDir: string): readonly number[] {
  return processesWith('agent', 'run', workDir);
}
