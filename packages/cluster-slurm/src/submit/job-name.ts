import { createHash } from 'node:crypto';

/** The name under which a request becomes a job: unique, recognisable in squeue, and by which it is found again. */
export function jobName(family: string, token: string): string {
  return `juqueue-${family}-${token}`;
}

/** What all jobs of one cluster of one work-dir have in common, so that no other cluster or manager takes them for strays. */
export function jobFamily(workDir: string, cluster: string): string {
  return createHash('sha256').update(`${workDir}\0${cluster}`).digest('hex').slice(0, 8);
}

/** The token in a job's name; null for a job that is not of this family. */
export function tokenInName(family: string, name: string): string | null {
  const prefix = jobName(family, '');
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : null;
}
