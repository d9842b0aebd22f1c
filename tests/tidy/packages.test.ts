import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly version?: string;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly dev?: boolean;
}

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const lock = JSON.parse(read('package-lock.json')) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Locked>>;
};
const fetched = Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true);

test('every package in the lockfile has a version and the hash of its content, so that nobody can give us another one', () => {
  expect(lock.lockfileVersion).toBeGreaterThanOrEqual(3);
  expect(fetched.length).toBeGreaterThan(100);
  expect(
    fetched
      .filter(([, { version, integrity }]) => version === undefined || !/^sha512-[A-Za-z0-9+/=]{80,}$/.test(integrity ?? ''))
      .map(([path]) => path),
  ).toEqual([]);
});

test('no package needs its install script, and none is executed', () => {
  expect(
    fetched.filter(([, { hasInstallScript, optional }]) => hasInstallScript === true && optional !== true).map(([path]) => path),
  ).toEqual([]);
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

test('SECURITY.md says of each runtime package what it is for, and of no other', () => {
  const manifests = ['package.json', ...globSync('packages/*/package.json', { cwd: root.pathname })]
    .filter((path) => !path.includes('testkit'))
    .map((path) => JSON.parse(read(path)) as Manifest);
  const named = new Set(
    manifests
      .flatMap(({ dependencies = {}, optionalDependencies = {} }) => Object.keys({ ...dependencies, ...optionalDependencies }))
      .filter((name) => !name.startsWith('@juqueue/')),
  );
  const table = read('SECURITY.md').split('## Runtime packages')[1] ?? '';
  const told = [...table.matchAll(/^\| ([@a-z][^|]*?) \|/gm)]
    .flatMap(([, names = '']) => names.split(', '))
    .filter((name) => name !== 'package');
  expect(told.sort()).toEqual([...named].sort());
});

test('versions are exact, so that an update is a decision', () => {
  const manifests = globSync('packages/*/package.json', { cwd: root.pathname }).map((path) => JSON.parse(read(path)) as Manifest);
  for (const { dependencies = {} } of manifests)
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
