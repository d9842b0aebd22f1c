import { slurmUnsupportedReason, startSlurmCluster } from '../../packages/testkit/src/index.ts';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the test cluster that all files of the suite share; null where there can be none. */
    readonly slurmDirectory: string | null;
  }
}

/** One Slurm for the whole suite; each test leases nodes of it. */
export default async function startTestCluster(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (slurmUnsupportedReason() !== undefined) {
    project.provide('slurmDirectory', null);
    return undefined;
  }
  const cluster = await startSlurmCluster({ networkNamespaces: true, unprivilegedUser: true });
  project.provide('slurmDirectory', cluster.directory);
  return async () => cluster[Symbol.asyncDispose]();
}
