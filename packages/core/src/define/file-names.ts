/** Files of a def-dir whose names say what they are. */
export const clustersFile = 'clusters.yaml';
export const notifyFile = 'notify.yaml';
/** Of experiments that programs write, one run to a line. */
export const jsonLinesExtension = '.runs.jsonl';
