import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const programs = ['sbatch', 'squeue', 'scancel', 'sacct', 'scontrol', 'sinfo', 'sacctmgr', 'srun', 'salloc'] as const;

/** Slurm's programs, each replaced on PATH by one that notes that it was called before it does its work. */
export class RecordedCommands {
  /** PATH with the recording programs first. */
  readonly path: string;
  readonly #log: string;

  constructor(folder: string) {
    this.#log = join(folder, 'commands');
    this.path = `${folder}:${process.env['PATH'] ?? '/usr/bin:/bin'}`;
    writeFileSync(this.#log, '');
    for (const program of programs) {
      const file = join(folder, program);
      writeFileSync(file, `#!/bin/bash\necho ${program} >> '${this.#log}'\nexec /usr/bin/${program} "$@"\n`);
      chmodSync(file, 0o755);
    }
  }

  /** Names of the programs called so far, in order. */
  get calls(): readonly string[] {
    return readFileSync(this.#log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  count(program: (typeof programs)[number]): number {
    return this.calls.filter((call) => call === program).length;
  }
}
