import { isRecord } from './shapes.ts';

/** One attempt of a run, and how to do the same by hand. */
export interface ExecutedScript {
  readonly attempt: number;
  readonly script: string;
}

/** The script of this attempt (null: of the newest that has one) in the text of a `juqueue-run.json`; null when it has none. */
export function executedScript(text: string, attempt: number | null): ExecutedScript | null {
  const content = parsed(text);
  if (!isRecord(content)) return null;
  const ended = Array.isArray(content['attempts']) ? content['attempts'] : [];
  const scripts = [...ended, content['executing']].flatMap((entry): readonly ExecutedScript[] => {
    if (!isRecord(entry)) return [];
    const { attempt: number, script } = entry;
    return typeof script === 'string' && typeof number === 'number' ? [{ attempt: number, script }] : [];
  });
  const wanted =
    attempt === null ? scripts.toSorted((a, b) => b.attempt - a.attempt)[0] : scripts.find((other) => other.attempt === attempt);
  return wanted ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
