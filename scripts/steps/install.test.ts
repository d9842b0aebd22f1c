import { describe, expect, it } from 'vitest';
import { installReason } from './install.mjs';

const lock = (packages: Record<string, { version: string; optional?: boolean }>) => ({
  packages: { '': { version: '1.0.0' }, ...packages },
});
const wanted = lock({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b-windows': { version: '1.0.0', optional: true } });

describe('packages are installed', () => {
  it('when there are none, or an installation did not come to its end', () => {
    expect(installReason(wanted, null)).toBe('there are none yet');
  });

  it('when one is missing, has another version, or is not wanted any more', () => {
    for (const packages of [
      {},
      { 'node_modules/a': { version: '1.0.1' } },
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/c': { version: '1.0.0' } },
    ]) {
      expect(installReason(wanted, lock(packages))).toBe('package-lock.json has changed');
    }
  });

  it('not again when they are there, even if those of other platforms are missing', () => {
    expect(installReason(wanted, lock({ 'node_modules/a': { version: '1.0.0' } }))).toBeNull();
  });
});
