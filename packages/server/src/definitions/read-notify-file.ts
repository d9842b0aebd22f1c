import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem, notifyFile, readNotify } from '@juqueue/core';
import type { DefinitionProblem, NotifyDefinition } from '@juqueue/core';

/** Who is told of what: nobody without the file; as before when it has errors. */
export type NotifyWish = NotifyDefinition | 'nobody' | 'as-before';

export interface NotifyFileReading {
  readonly notify: NotifyWish;
  readonly files: readonly { readonly path: string; readonly hash: string }[];
  readonly problems: readonly DefinitionProblem[];
}

/** `notify.yaml` of a def-dir; that there is none is not a problem. */
export async function readNotifyFile(defDir: string): Promise<NotifyFileReading> {
  try {
    const text = await readFile(join(defDir, notifyFile), 'utf8');
    const { definition, problems } = readNotify(notifyFile, text);
    return { notify: definition ?? 'as-before', problems, files: [{ path: notifyFile, hash: hash('sha256', text, 'base64url') }] };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === 'ENOENT') return { notify: 'nobody', problems: [], files: [] };
    return {
      notify: 'as-before',
      problems: [fileProblem(notifyFile, 'error', 'file-unreadable', `it cannot be read (${code})`)],
      files: [],
    };
  }
}
