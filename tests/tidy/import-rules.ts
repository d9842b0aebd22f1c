import { packageOf, resolveRelative } from './source-files.ts';
import type { SourceFile } from './source-files.ts';

/** Who may import whom in the product. Everything points inwards, to `core`. */
const allowedPackages: Readonly<Record<string, readonly string[]>> = {
  core: [],
  client: [],
  'cluster-local': ['core'],
  'cluster-slurm': ['core'],
  'node-manager': ['core'],
  http: ['core'],
  server: ['core', 'cluster-local', 'cluster-slurm', 'http', 'node-manager'],
  hub: ['client', 'core', 'http'],
  cli: ['client', 'hub', 'server'],
  ui: ['client'],
};

interface PureRule {
  /** Folders that only think. */
  readonly folders: readonly string[];
  /** What they may import of their package besides each other. */
  readonly mayImport: readonly string[];
  /** Types describe what the shell implements; they vanish at run time. */
  readonly mayNameTypesOf: readonly string[];
}

const pureRules: Readonly<Record<string, PureRule>> = {
  core: {
    folders: ['decide', 'estimate', 'evolve', 'fencing', 'ledger', 'simulate'],
    mayImport: ['model', 'select'],
    mayNameTypesOf: ['ports', 'engine'],
  },
  hub: { folders: ['decide', 'evolve'], mayImport: ['model'], mayNameTypesOf: ['agent-protocol', 'store'] },
};

export function importDirectionFaults(file: SourceFile): readonly string[] {
  const own = packageOf(file.path);
  const allowed = allowedPackages[own];
  if (allowed === undefined) return [`${file.path}: package ${own} has no entry in allowedPackages; say there what it may import`];
  return file.imports.flatMap(({ specifier, line, isDynamic, isTypeOnly }) => {
    const other = /^@juqueue\/([^/]+)/.exec(specifier)?.[1];
    if (other === undefined) return [];
    if (!allowed.includes(other))
      return [`${file.path}:${line}: ${own} may not import ${other}; it may import ${allowed.join(', ') || 'nothing of the workspace'}`];
    if (own === 'cli' && (other === 'server' || other === 'hub') && !isDynamic && !isTypeOnly)
      return [`${file.path}:${line}: the command line loads what serves only when it serves; use await import()`];
    return [];
  });
}

export function relativeImportFaults(file: SourceFile): readonly string[] {
  const own = `packages/${packageOf(file.path)}/`;
  return file.imports.flatMap(({ specifier, line }) => {
    if (!specifier.startsWith('.')) return [];
    if (!(own === 'packages/ui/' ? /\.(ts|svelte|css)$/ : /\.ts$/).test(specifier))
      return [`${file.path}:${line}: '${specifier}' lacks its extension; Node runs the sources as they are, use '.ts'`];
    if (!resolveRelative(file.path, specifier).startsWith(own))
      return [`${file.path}:${line}: '${specifier}' leads into another package; use its name, @juqueue/…`];
    return [];
  });
}

/**
 * Imports of values of `node:http`. An ES module that names a built-in one has all its exports evaluated, and behind
 * `http.WebSocket` stands all of undici: 50 ms of each start and 14 MB.
 */
export function costlyImportFaults(file: SourceFile): readonly string[] {
  return file.imports.flatMap(({ specifier, line, isTypeOnly }) =>
    isTypeOnly || !/^(node:)?http$/.test(specifier)
      ? []
      : [`${file.path}:${line}: '${specifier}' is imported, which evaluates undici too; use process.getBuiltinModule('node:http')`],
  );
}

export function pureImportFaults(file: SourceFile): readonly string[] {
  const folder = pureFolderOf(file.path);
  const own = packageOf(file.path);
  const rule = pureRules[own];
  if (folder === null || rule === undefined) return [];
  const mayImport = [...rule.mayImport, ...rule.folders];
  return file.imports.flatMap(({ specifier, line, isTypeOnly }) => {
    if (!specifier.startsWith('.'))
      return isTypeOnly && own !== 'core' && specifier === '@juqueue/core'
        ? []
        : [`${file.path}:${line}: ${folder}/ imports '${specifier}'; it may import only its own package's pure folders`];
    const target = folderOf(resolveRelative(file.path, specifier)) ?? '';
    const allowed = isTypeOnly ? [...mayImport, ...rule.mayNameTypesOf] : mayImport;
    return allowed.includes(target) ? [] : [`${file.path}:${line}: ${folder}/ imports ${target}/; it may import ${allowed.join(', ')}`];
  });
}

/** The folder of a file that only thinks; null for all others. */
export function pureFolderOf(path: string): string | null {
  const folder = folderOf(path);
  return folder !== null && pureRules[packageOf(path)]?.folders.includes(folder) === true ? folder : null;
}

/** `packages/core/src/decide/x.ts` → `decide`. */
function folderOf(path: string): string | null {
  return /^packages\/[^/]+\/src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/**
 * Imports of the file system that a main thread would load: reached by static imports from a file that is not the start
 * of a worker. A hung file system must not stop heartbeats.
 */
export function mainThreadFileFaults(files: readonly SourceFile[], roots: readonly string[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const faults: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const file = byPath.get(path);
    if (file === undefined || seen.has(path)) return;
    seen.add(path);
    for (const { specifier, line, isTypeOnly } of file.imports) {
      if (isTypeOnly) continue;
      if (/^(node:)?fs(\/promises)?$/.test(specifier))
        faults.push(`${path}:${line}: a main thread loads ${specifier} (by ${[...way, path].join(' → ')}); move it into a *-worker.ts`);
      if (specifier.startsWith('.')) visit(resolveRelative(path, specifier), [...way, path]);
      const other = /^@juqueue\/([^/]+)$/.exec(specifier)?.[1];
      if (other !== undefined) visit(`packages/${other}/src/index.ts`, [...way, path]);
    }
  };
  for (const root of roots) visit(root, []);
  return faults;
}
