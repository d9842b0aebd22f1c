/**
 * Of these hosts, each once, those that sbatch can be told to leave out. A word that is no name of one node could be read as
 * a range or an option, or make sbatch refuse the whole job.
 */
export function nodeNames(hosts: readonly string[]): readonly string[] {
  return [...new Set(hosts)].filter((host) => nodeName.test(host)).toSorted();
}

const nodeName = /^[A-Za-z0-9][\w.-]{0,252}$/;
