import type { SiteDefaults } from '../submit/sbatch-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What Slurm's programs get of our environment. Everything else stays here: the variables of an enclosing job travel into
 * new jobs, and SQUEUE_*, SBATCH_* and their like change what is answered (`SBATCH_WAIT` blocks, `SQUEUE_NAMES` hides jobs).
 */
const keptNames: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TZ',
  'SLURM_CONF',
  'SLURM_CONF_SERVER',
  'KRB5CCNAME',
  'LD_LIBRARY_PATH',
];

/** What the prologue of a job needs so that `module load` works in it as on the login node. */
const modulePattern = /^(MODULE(PATH|SHOME|S_CMD|PATH_ROOT)|LMOD_\w+|BASH_ENV|FPATH|BASH_FUNC_(module|ml)(%%|\(\)))$/;

/** The environment of commands that ask or cancel: times as numbers, words untranslated. */
export function questionEnvironment(own: Environment): Readonly<Record<string, string>> {
  return { ...kept(own, (name) => keptNames.includes(name)), LC_ALL: 'C.UTF-8', SLURM_TIME_FORMAT: '%s' };
}

/** The environment of sbatch, which is that of the job's script: the person's own language, and modules. */
export function submitEnvironment(own: Environment): Readonly<Record<string, string>> {
  return kept(own, (name) => keptNames.includes(name) || name === 'LANG' || name.startsWith('LC_') || modulePattern.test(name));
}

/** What a site's modules have set for sbatch. */
export function siteDefaults(own: Environment): SiteDefaults {
  return {
    account: own['SBATCH_ACCOUNT'] || null,
    partition: own['SBATCH_PARTITION'] || null,
    qos: own['SBATCH_QOS'] || null,
    reservation: own['SBATCH_RESERVATION'] || null,
  };
}

function kept(own: Environment, isKept: (name: string) => boolean): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || !isKept(name)) continue;
    result[name] = name === 'PATH' ? withoutNpmFolders(value) : value;
  }
  return result;
}

/** npm puts its own folders in front; none of Slurm's programs is there. */
function withoutNpmFolders(path: string): string {
  return path
    .split(':')
    .filter((folder) => !/\/node_modules\/\.bin\/?$|\/node-gyp-bin\/?$/.test(folder))
    .join(':');
}
