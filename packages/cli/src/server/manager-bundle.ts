/** The Node that the manager needs (`node:sqlite`, disposable stacks); commands that only ask one run on older ones. */
export const managerNodeMajor = 24;

/** This command has to act as a manager does, and this process cannot; it may start again on a newer Node. */
export class NeedsNewerNode extends Error {
  constructor() {
    super(`This command needs Node ${managerNodeMajor} or newer, this is ${process.version}`);
    this.name = 'NeedsNewerNode';
  }
}

/** Throws NeedsNewerNode where the manager's own code cannot run. */
export function requireManagerNode(): void {
  if (Number(process.versions.node.split('.')[0]) < managerNodeMajor) throw new NeedsNewerNode();
}

/** The manager's own code. Throws NeedsNewerNode where it cannot run. */
export async function managerBundle(): Promise<typeof import('@juqueue/server')> {
  requireManagerNode();
  return await import('@juqueue/server');
}
