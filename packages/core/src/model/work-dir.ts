import type { AllocationId, ExperimentName, Nonce, RunName } from './ids.ts';

/** Paths below the work-dir, relative to it, with `/`. The folder `.juqueue` is ours alone (0700). */
export const workDirPaths = {
  lock: '.lock',
  private: '.juqueue',
  identity: '.juqueue/identity.json',
  journal: '.juqueue/journal',
  index: '.juqueue/index.sqlite',
  epochs: '.juqueue/epoch',
  token: '.juqueue/token',
  readOnlyToken: '.juqueue/token-read-only',
  linkKey: '.juqueue/link.key',
  server: '.juqueue/server.json',
  loginPage: '.juqueue/open.html',
  addresses: '.juqueue/addresses.json',
  manager: '.juqueue/manager.json',
  managerCounter: '.juqueue/manager-counter',
  environment: '.juqueue/environment.json',
  bundles: '.juqueue/bin',
  nodes: '.juqueue/nodes',
  localAllocations: '.juqueue/local',
  slurmAllocations: '.juqueue/slurm',
  socket: '.juqueue/ui.sock',
  images: '.juqueue/images',
  managerLog: 'logs/juqueue.log',
} as const;

/** Where clusters keep the file `<allocation>.config.json` that the node of each allocation is given. */
export const allocationConfigFolders = [workDirPaths.localAllocations, workDirPaths.slurmAllocations] as const;

export function nodeFolder(allocation: AllocationId, nonce: Nonce): string {
  return `${workDirPaths.nodes}/${allocation}-${nonce}`;
}

export function runFolder(experiment: ExperimentName, run: RunName): string {
  return `${experiment}/${run}`;
}
