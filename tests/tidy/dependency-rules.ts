import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTest, packageOf, root } from './source-files.ts';
import type { SourceFile } from './source-files.ts';

/** The part of a package.json that says what its sources may import. */
export interface Manifest {
  /** Folder below `packages/`. */
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** Every package of the workspace. */
export function readManifests(): readonly Manifest[] {
  return globSync('packages/*/package.json', { cwd: root })
    .sort()
    .map((file) => ({ folder: packageOf(file), ...dependenciesIn(file) }));
}

/** The same as package-lock.json has it; empty lists where it does not know the package. */
export function readLockedManifests(): readonly Manifest[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, DependencyTables> };
  return readManifests().map(({ folder }) => ({ folder, ...dependenciesOf(packages[`packages/${folder}`] ?? {}) }));
}

/** What all tests and builds may use: the devDependencies of the workspace. */
export function readSharedTools(): readonly string[] {
  return dependenciesIn('package.json').devDependencies;
}

/**
 * Differences between what the files of a package import and what its package.json declares. `dependencies` are what
 * the product imports, `devDependencies` what only tests and builds do.
 */
export function dependencyFaults(manifest: Manifest, files: readonly SourceFile[], sharedTools: readonly string[]): readonly string[] {
  const { folder, dependencies, devDependencies } = manifest;
  const own = files.filter((file) => file.path.startsWith(`packages/${folder}/`));
  const packageJson = `packages/${folder}/package.json`;
  const declared = [...dependencies, ...devDependencies];

  const missing = own.flatMap((file) => {
    const allowed = isTest(file.path) || !isSource(file.path) ? [...declared, ...sharedTools, `@juqueue/${folder}`] : declared;
    return externalImports(file)
      .filter(({ name }) => !allowed.includes(name))
      .map(({ name, line }) => `${file.path}:${line}: ${name} is not declared, add it to ${packageJson}`);
  });
  const usedByProduct = new Set(own.filter((file) => folder === 'testkit' || !isTest(file.path)).flatMap(namesOf));
  const usedAtAll = new Set(own.flatMap(namesOf));
  const unused = [
    ...dependencies.filter((name) => !usedByProduct.has(name)).map((name) => `${name} in dependencies is not imported by the product`),
    ...devDependencies.filter((name) => !usedAtAll.has(name)).map((name) => `${name} in devDependencies is not imported`),
  ];
  return [...missing, ...unused.map((fault) => `${packageJson}:1: ${fault}, remove it there`)];
}

function namesOf(file: SourceFile): readonly string[] {
  return externalImports(file).map(({ name }) => name);
}

function externalImports(file: SourceFile): readonly { readonly name: string; readonly line: number }[] {
  return file.imports.flatMap(({ specifier, line }) => (/^(\.|node:)/.test(specifier) ? [] : [{ name: packageNameOf(specifier), line }]));
}

/** `@fastify/swagger-ui/package.json` → `@fastify/swagger-ui`; `vitest/config` → `vitest`. */
function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Builds lie beside `src` and `bin`. */
function isSource(path: string): boolean {
  return /^packages\/[^/]+\/(src|bin)\//.test(path);
}

type DependencyTables = Partial<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;

function dependenciesIn(file: string): Omit<Manifest, 'folder'> {
  return dependenciesOf(JSON.parse(readFileSync(join(root, file), 'utf8')) as DependencyTables);
}

function dependenciesOf({ dependencies = {}, devDependencies = {} }: DependencyTables): Omit<Manifest, 'folder'> {
  return { dependencies: Object.keys(dependencies).sort(), devDependencies: Object.keys(devDependencies).sort() };
}
