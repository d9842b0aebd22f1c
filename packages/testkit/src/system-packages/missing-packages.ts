import { spawnSync } from 'node:child_process';
import { packagesOfSuite, type TestSuite } from './suites.ts';

/**
 * Which Debian packages a suite needs and this machine lacks, in the order of the table.
 * On a machine without dpkg all of them count as missing. Synchronous: tests ask before they are collected.
 */
export function missingPackages(suite: TestSuite): readonly string[] {
  const installed = installedAmong(packagesOfSuite[suite]);
  return packagesOfSuite[suite].filter((name) => !installed.has(name));
}

function installedAmong(names: readonly string[]): ReadonlySet<string> {
  // dpkg-query fails when it does not know one of the names, and still prints the lines of the others.
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${Package} ${db:Status-Status}\\n', ...names], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = (stdout ?? '').split('\n');
  return new Set(lines.filter((line) => line.endsWith(' installed')).map((line) => line.slice(0, line.indexOf(' '))));
}
