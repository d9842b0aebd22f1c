import { describe, expect, it } from 'vitest';
import { missingPackages } from './missing-packages.ts';
import { packagesOfSuite, testSuites } from './suites.ts';

describe('system packages', () => {
  it('are named for every suite, those that are missing among them and in the same order', () => {
    for (const suite of testSuites) {
      expect(packagesOfSuite[suite].length).toBeGreaterThan(0);
      const missing = missingPackages(suite);
      expect(packagesOfSuite[suite].filter((name) => missing.includes(name))).toEqual(missing);
    }
  });

  it('count as missing where dpkg does not know them', () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      expect(missingPackages('slurm')).toEqual(packagesOfSuite.slurm);
    } finally {
      process.env['PATH'] = path;
    }
  });
});
