import { join } from 'node:path';

/** Files of one attempt below its run directory. The three that the program writes are its own, so nothing old is read. */
export interface RunFiles {
  readonly workDir: string;
  readonly directory: string;
  readonly logs: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly progress: string;
  readonly checkpoint: string;
  readonly error: string;
  readonly history: string;
}

export function runFiles(workDir: string, runDirectory: string, attempt: number): RunFiles {
  const directory = join(workDir, runDirectory);
  const logs = join(directory, 'logs');
  return {
    workDir,
    directory,
    logs,
    stdout: join(logs, 'stdout.log'),
    stderr: join(logs, 'stderr.log'),
    progress: join(logs, `progress-${attempt}`),
    checkpoint: join(logs, `checkpoint-${attempt}`),
    error: join(logs, `error-${attempt}`),
    history: join(directory, 'juqueue-run.json'),
  };
}
