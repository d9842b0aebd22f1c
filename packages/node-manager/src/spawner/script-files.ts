import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The scripts that stand before commands, as files in the node's own folder: one file for each different text, because the
 * runs of an experiment share theirs.
 */
export class ScriptFiles {
  readonly #folder: string;
  readonly #written = new Map<string, Promise<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(script: string): Promise<string> {
    const name = `script-${createHash('sha256').update(script).digest('hex').slice(0, 32)}.sh`;
    const known = this.#written.get(name);
    if (known !== undefined) return known;
    const path = join(this.#folder, name);
    // Two spawners may write the same text at the same time; what a shell may already read is never shortened.
    const written = writeFile(path, script, { mode: 0o600, flag: 'wx' }).then(
      () => path,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return path;
        this.#written.delete(name);
        throw error;
      },
    );
    this.#written.set(name, written);
    return written;
  }
}
