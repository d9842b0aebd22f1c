import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { missingPackages } from './missing-packages.ts';
import type { TestSuite } from './suites.ts';

/** Debian asks this program before it starts a service; the answer 101 means "no". */
const policyFile = '/usr/sbin/policy-rc.d';
const setAsideFile = '/usr/sbin/policy-rc.d.juqueue-set-aside';
const forbidden = 101;
const ourPolicy = `#!/bin/sh\n# In place only while the packages of the JuQueue tests are installed.\nexit ${forbidden}\n`;

export type InstallOutcome =
  | { readonly kind: 'nothing-missing' }
  | { readonly kind: 'installed'; readonly packages: readonly string[] }
  | { readonly kind: 'refused'; readonly packages: readonly string[]; readonly reason: string };

/**
 * Installs what the suites need and this machine lacks, without starting any service.
 *
 * Needs root and a Debian with its package archive; otherwise refuses with a reason and changes nothing.
 * apt's own output goes to standard error, as it can take minutes.
 */
export function installSystemPackages(suites: readonly TestSuite[]): InstallOutcome {
  const packages = [...new Set(suites.flatMap(missingPackages))];
  if (packages.length === 0) return { kind: 'nothing-missing' };
  if (process.getuid?.() !== 0) return { kind: 'refused', packages, reason: 'only root can install packages' };

  using _noServices = forbidServiceStarts();
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]]) {
    const { status, error } = spawnSync('apt-get', ['--quiet', ...args], {
      stdio: ['ignore', process.stderr, 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    });
    if (error !== undefined) return { kind: 'refused', packages, reason: `apt-get cannot be run: ${error.message}` };
    if (status !== 0) return { kind: 'refused', packages, reason: `apt-get ${args[0]} ended with status ${status}` };
  }
  const stillMissing = suites.flatMap(missingPackages);
  if (stillMissing.length > 0) {
    return { kind: 'refused', packages: stillMissing, reason: 'apt-get succeeded and they are still not installed' };
  }
  return { kind: 'installed', packages };
}

/** Puts our policy in place of the machine's own one, which returns at the end (or at the next call, after a crash). */
function forbidServiceStarts(): Disposable {
  restorePolicy();
  if (spawnSync(policyFile, ['slurmctld', 'start']).status === forbidden) return { [Symbol.dispose]: () => {} };
  if (existsSync(policyFile)) renameSync(policyFile, setAsideFile);
  writeFileSync(policyFile, ourPolicy, { mode: 0o755 });
  return { [Symbol.dispose]: restorePolicy };
}

function restorePolicy(): void {
  if (existsSync(policyFile) && readFileSync(policyFile, 'utf8') === ourPolicy) rmSync(policyFile);
  if (existsSync(setAsideFile)) renameSync(setAsideFile, policyFile);
}
