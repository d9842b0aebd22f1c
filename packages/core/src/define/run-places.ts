import { isMapping } from './mapping.ts';
import { shorten } from './show-value.ts';
import type { ValuePath } from './source.ts';

/** Where a run comes from: its index in `runs`, the matrix, or the rows of a file. */
export type RunOrigin = number | 'matrix' | 'from_csv' | 'from_jsonl';

/** A value of the file: `base` leads to the thing that people know (a run, the defaults, the matrix), `rest` on from there. */
export interface NamedPlace {
  readonly thing: string;
  readonly base: ValuePath;
  readonly rest: ValuePath;
}

/** Finds what a run says in the file: in the run itself, or in what it has from the defaults or the matrix. */
export class RunPlaces {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** The place of a key of a run; the run itself when the key stands nowhere. */
  ofRun(origin: RunOrigin, path: ValuePath): NamedPlace {
    const own: ValuePath = typeof origin === 'number' ? ['runs', origin] : [origin];
    const inMatrix: ValuePath = path[0] === 'parameters' ? path.slice(1) : path;
    if (origin === 'matrix' && this.#exists(['matrix', ...inMatrix])) return { thing: 'matrix', base: ['matrix'], rest: inMatrix };
    if (typeof origin === 'number' && this.#exists([...own, ...path])) return { thing: this.#nameOfRun(origin), base: own, rest: path };
    if (this.#exists(['defaults', ...path])) return { thing: 'defaults', base: ['defaults'], rest: path };
    if (path[0] === 'id' && this.#exists(['id'])) return { thing: '', base: [], rest: ['id'] };
    return { thing: typeof origin === 'number' ? this.#nameOfRun(origin) : origin, base: own, rest: [] };
  }

  /** Names the run that a path leads into. */
  ofPath(path: ValuePath): NamedPlace {
    const [section, index, ...rest] = path;
    if (section !== 'runs' || index === undefined) return { thing: '', base: [], rest: path };
    return { thing: this.#nameOfRun(Number(index)), base: ['runs', index], rest };
  }

  #nameOfRun(index: number): string {
    const id = valueAt(this.#value, ['runs', index, 'id']);
    return typeof id === 'string' || typeof id === 'number' ? `run '${shorten(String(id))}'` : `run ${index + 1} of the list`;
  }

  #exists(path: ValuePath): boolean {
    return valueAt(this.#value, path) !== undefined;
  }
}

function valueAt(value: unknown, path: ValuePath): unknown {
  let inner = value;
  for (const step of path) {
    if (Array.isArray(inner)) inner = inner[Number(step)];
    else if (isMapping(inner) && Object.hasOwn(inner, step)) inner = inner[step];
    else return undefined;
  }
  return inner;
}
