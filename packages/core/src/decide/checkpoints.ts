import type { Run } from '../model/run.ts';

/** Does this run go on from where it was when it is started again? By its word (declared, assumed) or by what it showed. */
export function canResume(run: Run): boolean {
  switch (run.definition.checkpoint.kind) {
    case 'assumed':
    case 'every':
    case 'signal':
      return true;
    case 'undeclared':
      return run.hasShownCheckpoint;
    case 'none':
      return false;
  }
}

/** How long the run is given to save itself when it is asked to stop. */
export function graceMsOf(run: Run, clusterGraceMs: number): number {
  const { checkpoint } = run.definition;
  return checkpoint.kind === 'signal' ? checkpoint.graceMs : clusterGraceMs;
}
