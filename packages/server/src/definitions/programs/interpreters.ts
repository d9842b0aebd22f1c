import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

export type ProgramLanguage = 'python' | 'script';

const languages: Readonly<Record<string, ProgramLanguage>> = {
  '.py': 'python',
  '.ts': 'script',
  '.mts': 'script',
  '.js': 'script',
  '.mjs': 'script',
  '.cjs': 'script',
};

/** The language of a definition program by its name; null for other files. */
export function languageOf(path: string): ProgramLanguage | null {
  return languages[extname(path)] ?? null;
}

export interface InterpreterLimits {
  /** For one file. Importing a numerical library from a network file system takes half a minute. */
  readonly timeMs: number;
  /** Of data, for the process. */
  readonly memoryBytes: number;
}

export const defaultLimits: InterpreterLimits = { timeMs: 60_000, memoryBytes: 4 * 1024 ** 3 };

/** The argument vector that evaluates programs of a language, and whether braces in their texts stand for themselves. */
export interface Interpreter {
  readonly argv: readonly string[];
  /** The limit of data that the system keeps; null where the interpreter keeps its own. */
  readonly dataBytes: number | null;
  readonly isLiteral: boolean;
  /** The program as people know it. */
  readonly name: string;
}

export function interpreterOf(language: ProgramLanguage, python: string, limits: InterpreterLimits): Interpreter {
  if (language === 'python') return { argv: [python, '-B', pythonReader()], dataBytes: limits.memoryBytes, isLiteral: true, name: python };
  const heapMegabytes = Math.floor(limits.memoryBytes / 1024 ** 2);
  return {
    argv: [
      process.execPath,
      `--max-old-space-size=${heapMegabytes}`,
      '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
      '--disable-warning=ExperimentalWarning',
      scriptReader(),
    ],
    dataBytes: null,
    isLiteral: false,
    name: 'node',
  };
}

/** Beside the sources in the tree, beside the bundle in what is shipped. */
function pythonReader(): string {
  const folder = isSource() ? '../../../../python/src/' : './python/';
  return fileURLToPath(new URL(`${folder}read_definitions.py`, import.meta.url));
}

function scriptReader(): string {
  return fileURLToPath(new URL(isSource() ? './script-definitions-worker.ts' : './script-definitions-worker.js', import.meta.url));
}

function isSource(): boolean {
  return import.meta.url.endsWith('.ts');
}
