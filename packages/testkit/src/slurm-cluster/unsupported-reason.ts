import { missingPackages } from '../system-packages/missing-packages.ts';
import { processGroupBase } from './process-group.ts';

/** Why no Slurm test cluster can be started here, as a sentence for the title of a skipped test; undefined when it can. */
export function slurmUnsupportedReason(): string | undefined {
  if (process.getuid?.() !== 0) return 'a Slurm test cluster needs root';
  const missing = missingPackages('slurm');
  if (missing.length > 0) return `these packages are missing: ${missing.join(', ')}`;
  const base = processGroupBase();
  return base.kind === 'none' ? base.reason : undefined;
}
