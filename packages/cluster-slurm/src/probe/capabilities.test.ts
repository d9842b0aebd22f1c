import { describe, expect, it } from 'vitest';
import { parseCapabilities, parseVersion } from './capabilities.ts';

const debian = `Configuration data as of 2026-11-21T00:00:00
AccountingStorageBackupHost = (null)
AccountingStorageEnforce = associations,limits,qos
AccountingStorageHost   = 127.0.0.1
AccountingStorageType   = accounting_storage/slurmdbd
MessageTimeout          = 100 sec
MinJobAge               = 300 sec
SelectType              = select/cons_tres
SelectTypeParameters    = CR_CORE_MEMORY
SLURM_VERSION           = 22.05.8

Slurmctld(primary) at login1 is UP
`;
const bare = `AccountingStorageType   = (null)
MessageTimeout          = 10 sec
SelectTypeParameters    = CR_CORE
SLURM_VERSION           = 24.11.1
`;

describe('what a site can do', () => {
  it('is read from its configuration', () => {
    expect(parseCapabilities(debian)).toEqual({
      version: '22.05.8',
      knowsMe: true,
      messageTimeoutMs: 100_000,
      hasAccounting: true,
      isMemoryDivided: true,
    });
    expect(parseCapabilities(bare)).toMatchObject({ messageTimeoutMs: 10_000, hasAccounting: false, isMemoryDivided: false });
    expect(parseCapabilities('AccountingStorageType = accounting_storage/none\n').hasAccounting).toBe(false);
  });

  it('is the usual where it does not say', () => {
    expect(parseCapabilities('')).toEqual({
      version: null,
      knowsMe: true,
      messageTimeoutMs: 10_000,
      hasAccounting: true,
      isMemoryDivided: false,
    });
  });

  it('does not include --me before 20.02', () => {
    expect(parseCapabilities('SLURM_VERSION = 19.05.7\n').knowsMe).toBe(false);
    expect(parseCapabilities('SLURM_VERSION = 20.02.0\n').knowsMe).toBe(true);
  });

  it('has versions in several spellings', () => {
    expect(parseVersion('slurm-wlm 22.05.8')).toEqual([22, 5, 8]);
    expect(parseVersion('slurm 23.11')).toEqual([23, 11, 0]);
    expect(parseVersion('unknown')).toBeNull();
  });
});
