import type { AllocationReport } from '@juqueue/core';
import { describe, expect, it } from 'vitest';
import { Absences } from './absences.ts';
import { BadHosts } from './bad-hosts.ts';

const end = (token: string, host: string, livedMs: number, stateText = 'FAILED'): AllocationReport => ({
  token,
  jobId: '1',
  state: 'ended',
  stateText,
  waitingFor: null,
  startedAtMs: 1_000_000,
  endedAtMs: 1_000_000 + livedMs,
  host,
  isConfirmed: true,
});

describe('a host is left out of new allocations', () => {
  it('when two allocations died there within seconds, for an hour', () => {
    const hosts = new BadHosts();
    expect(hosts.note(end('a', 'n7', 1_000), 0)).toBeNull();
    expect(hosts.excluded(0)).toEqual([]);
    expect(hosts.note(end('b', 'n7', 2_000), 60_000)).toBe('n7');
    expect(hosts.excluded(60_000)).toEqual(['n7']);
    expect(hosts.excluded(60_000 + 3_599_000)).toEqual(['n7']);
    expect(hosts.excluded(60_000 + 3_600_000)).toEqual([]);
  });

  it('not when the same death is reported twice, as before and after its confirmation', () => {
    const hosts = new BadHosts();
    hosts.note(end('a', 'n7', 1_000), 0);
    hosts.note(end('a', 'n7', 1_000), 1_000);
    expect(hosts.excluded(2_000)).toEqual([]);
  });

  it('not for ends that have other causes, or come late, or elsewhere', () => {
    const hosts = new BadHosts();
    hosts.note(end('a', 'n7', 1_000, 'CANCELLED by 0'), 0);
    hosts.note(end('b', 'n7', 1_000, 'COMPLETED'), 0);
    hosts.note(end('c', 'n7', 60_000), 0);
    hosts.note(end('d', 'n7', 1_000), 0);
    hosts.note(end('e', 'n8', 1_000), 0);
    expect(hosts.excluded(0)).toEqual([]);
  });
});

describe('a token that no answer holds', () => {
  it('is over when it has been away long enough, and counted anew once it was seen', () => {
    const absences = new Absences();
    expect(absences.over(['a'], 60_000, 0)).toEqual([]);
    expect(absences.over(['a'], 60_000, 60_000)).toEqual(['a']);
    absences.keepOnly([]);
    expect(absences.over(['a'], 60_000, 70_000)).toEqual([]);
  });

  it('is over at once without patience', () => {
    expect(new Absences().over(['a'], 0, 5)).toEqual(['a']);
  });
});
