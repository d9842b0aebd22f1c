import type { Run } from '../model/run.ts';
import { parseRunId } from '../model/ids.ts';
import { runFolder } from '../model/work-dir.ts';

/**
 * Where does a run find what it depends on? The environment variable of each name in `depends_on` (`JUQUEUE_DEP_PREPARE_DIR`
 * for `prepare`, `JUQUEUE_DEP_DATA_PREPARE_DIR` for `data@prepare`) and a folder relative to the work-dir: that of the run; of
 * a name with `*` that of the experiment, in which the folders of its runs are. Of two names with one variable the first counts.
 */
export function dependencyFolders({ definition, experiment }: Pick<Run, 'definition' | 'experiment'>): Readonly<Record<string, string>> {
  const folders: Record<string, string> = {};
  for (const selector of definition.dependsOn) {
    const { experiment: owner, name } = parseRunId(selector) ?? { experiment, name: selector };
    const words = selector
      .toUpperCase()
      .split(/[^A-Z0-9]+/)
      .filter((word) => word !== '');
    if (words.length === 0 || owner.includes('*')) continue;
    folders[`JUQUEUE_DEP_${words.join('_')}_DIR`] ??= name.includes('*') ? owner : runFolder(owner, name);
  }
  return folders;
}
