/** Variables of an enclosing job, of ourselves and of npm: in a run they would lie. */
const droppedPrefixes = ['SLURM_', 'SBATCH_', 'SQUEUE_', 'SACCT_', 'SCANCEL_', 'JUQUEUE_', 'npm_'] as const;
const droppedNames: ReadonlySet<string> = new Set(['NODE', 'NODE_OPTIONS', 'INIT_CWD']);

/** What a node says about itself, which outweighs the same variables of the manager. */
const nodeFacts = ['SLURM_JOB_ID', 'SLURMD_NODENAME', 'TMPDIR'] as const;

/** What `environment: clean` leaves of the manager's environment: who and where we are. */
const cleanNames: ReadonlySet<string> = new Set(['HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'PATH', 'TERM']);

export type Environment = Readonly<Record<string, string>>;

/** What runs may see of the manager's environment at its start. */
export function inheritableEnvironment(managers: Environment, policy: 'inherit' | 'clean'): Environment {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(managers)) {
    if (droppedNames.has(name) || droppedPrefixes.some((prefix) => name.startsWith(prefix))) continue;
    if (policy === 'clean' && !cleanNames.has(name) && !name.startsWith('LC_')) continue;
    kept[name] = name === 'PATH' ? withoutLeadingNpmFolders(value) : value;
  }
  return kept;
}

/**
 * The manager's environment with what this node knows better over it: the facts of the node, and where a job's prologue
 * has prepared the node (modules, exports), everything that it set.
 */
export function nodeEnvironment(
  inherited: Environment,
  own: Readonly<Record<string, string | undefined>>,
  isPrepared: boolean,
): Environment {
  const prepared = isPrepared ? inheritableEnvironment(defined(own), 'inherit') : {};
  const facts: Record<string, string> = {};
  for (const name of nodeFacts) {
    const value = own[name];
    if (value !== undefined) facts[name] = value;
  }
  return { ...inherited, ...prepared, ...facts };
}

function defined(environment: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** npm puts its folders in front; one further behind was put there by a person and stays. */
function withoutLeadingNpmFolders(path: string): string {
  const folders = path.split(':');
  const first = folders.findIndex((folder) => !/\/node_modules\/\.bin\/?$|\/node-gyp-bin\/?$/.test(folder));
  return folders.slice(first === -1 ? folders.length : first).join(':');
}
