import { describe, expect, it } from 'vitest';
import { formatInstant, formatTimeLimit, parseInstant, parseTimeLimit } from './slurm-time.ts';

describe('times of Slurm', () => {
  it('writes limits with days and all fields, which no version can misread', () => {
    expect(formatTimeLimit(60_000)).toBe('0-00:01:00');
    expect(formatTimeLimit(90 * 60_000)).toBe('0-01:30:00');
    expect(formatTimeLimit((3 * 24 * 60 + 61) * 60_000)).toBe('3-01:01:00');
  });

  it('rounds up to minutes as Slurm does, and never to no limit at all', () => {
    expect(formatTimeLimit(61_000)).toBe('0-00:02:00');
    expect(formatTimeLimit(1)).toBe('0-00:01:00');
  });

  it('reads every form in which Slurm shows a limit', () => {
    const minute = 60_000;
    expect(parseTimeLimit('2:00')).toBe(2 * minute);
    expect(parseTimeLimit('1:00:00')).toBe(60 * minute);
    expect(parseTimeLimit('1-00:00:00')).toBe(24 * 60 * minute);
    expect(parseTimeLimit('3-12')).toBe(84 * 60 * minute);
    expect(parseTimeLimit('2-01:30')).toBe((49 * 60 + 30) * minute);
    expect(parseTimeLimit('30')).toBe(30 * minute);
  });

  it('does not take the words of Slurm for numbers', () => {
    expect(parseTimeLimit('UNLIMITED')).toBe('unlimited');
    expect(parseTimeLimit('infinite')).toBe('unlimited');
    for (const word of ['NOT_SET', 'INVALID', 'Partition_Limit', 'n/a', '', '365-']) expect(parseTimeLimit(word)).toBeNull();
  });

  it('reads instants as numbers, and knows the words for none', () => {
    expect(parseInstant('1795219149')).toBe(1_795_219_149_000);
    for (const word of ['N/A', 'Unknown', 'None', '0', '']) expect(parseInstant(word)).toBeNull();
  });

  it('writes an instant for sacct in the time zone that the command will read it in', () => {
    const text = formatInstant(Date.UTC(2026, 10, 21, 3, 4, 5));
    expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    expect(new Date(text).getTime()).toBe(Date.UTC(2026, 10, 21, 3, 4, 5));
  });
});
