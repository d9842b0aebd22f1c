import type { CallPlace } from '@juqueue/core';

/** What an interpreter is asked to do, as JSON on its standard input. Files are relative to the def-dir. */
export interface EvaluationOrder {
  readonly defDir: string;
  readonly workDir: string;
  readonly files: readonly string[];
}

/** What an interpreter tells, one line of JSON each on file descriptor 3: for each file `begin`, what it found, `end`. */
export type ProgramMessage =
  | { readonly kind: 'begin' | 'end'; readonly file: string }
  /** The experiment without its runs. */
  | {
      readonly kind: 'experiment';
      readonly file: string;
      readonly value: Readonly<Record<string, unknown>>;
      readonly place: CallPlace | null;
    }
  /** Its next runs. */
  | { readonly kind: 'runs'; readonly file: string; readonly values: readonly unknown[]; readonly places: readonly (CallPlace | null)[] }
  | {
      readonly kind: 'problem';
      readonly file: string;
      readonly severity: 'error' | 'warning';
      readonly message: string;
      readonly hint: string | null;
      readonly line: number;
      readonly column: number | null;
      readonly endColumn: number | null;
    }
  /** A value of the experiment that is no data; `path` leads to it. */
  | { readonly kind: 'strange'; readonly file: string; readonly path: readonly (string | number)[]; readonly found: string }
  /** This interpreter reads no file. */
  | { readonly kind: 'unusable'; readonly message: string };
