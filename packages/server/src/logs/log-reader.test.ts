import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '@juqueue/http';
import { FileLogReader } from './log-reader.ts';
import type { LogPart } from './log-window.ts';
import type { LogMatches, LogSearch } from './search-log.ts';

interface Place extends AsyncDisposable {
  readonly workDir: string;
  readonly logs: string;
  read(part: LogPart): Promise<{ size: number; from: number; text: string }>;
}

async function runWithLog(content: string | null): Promise<Place> {
  const workDir = await mkdtemp(join(tmpdir(), 'juqueue-logs-'));
  const logs = join(workDir, 'sweep', 'a', 'logs');
  await mkdir(logs, { recursive: true });
  if (content !== null) await writeFile(join(logs, 'stdout.log'), content);
  const reader = new FileLogReader(workDir, systemClock);
  return {
    workDir,
    logs,
    read: async (part) => {
      const { size, from, bytes } = await reader.read(log, part, true);
      return { size, from, text: Buffer.from(bytes).toString() };
    },
    [Symbol.asyncDispose]: async () => {
      await reader[Symbol.asyncDispose]();
      await rm(workDir, { recursive: true });
    },
  };
}

const log = { experiment: 'sweep', run: 'a', stream: 'stdout' } as const;

const all: LogPart = { kind: 'from', from: 0, bytes: 1_000_000 };

describe('a part of a log', () => {
  test('is the bytes from a place on', async () => {
    await using place = await runWithLog('0123456789');
    expect(await place.read({ kind: 'from', from: 3, bytes: 4 })).toEqual({ size: 10, from: 3, text: '3456' });
    expect(await place.read({ kind: 'from', from: 8, bytes: 100 })).toEqual({ size: 10, from: 8, text: '89' });
    expect(await place.read({ kind: 'from', from: 99, bytes: 5 })).toEqual({ size: 10, from: 10, text: '' });
  });

  test('is its last bytes, all of them where there are fewer', async () => {
    await using place = await runWithLog('0123456789');
    expect(await place.read({ kind: 'end', bytes: 4 })).toEqual({ size: 10, from: 6, text: '6789' });
    expect(await place.read({ kind: 'end', bytes: 100 })).toEqual({ size: 10, from: 0, text: '0123456789' });
  });

  test.each([
    [0, ''],
    [1, 'three\n'],
    [2, 'two\nthree\n'],
    [3, 'one\ntwo\nthree\n'],
    [9, 'one\ntwo\nthree\n'],
  ])('is the last %i lines', async (lines, text) => {
    await using place = await runWithLog('one\ntwo\nthree\n');
    expect((await place.read({ kind: 'tail', lines })).text).toBe(text);
  });

  test('counts a last line without its newline, and empty lines', async () => {
    await using place = await runWithLog('one\n\nthree');
    expect((await place.read({ kind: 'tail', lines: 1 })).text).toBe('three');
    expect(await place.read({ kind: 'tail', lines: 2 })).toEqual({ size: 10, from: 4, text: '\nthree' });
  });

  test('of a log of 50 MB is at most a megabyte from its end', async () => {
    await using place = await runWithLog('x'.repeat(50_000_000));
    const { size, from, text } = await place.read({ kind: 'tail', lines: 10 });
    expect({ size, from, length: text.length }).toEqual({ size: 50_000_000, from: 50_000_000 - 1_048_576, length: 1_048_576 });
  });

  test('of a log that does not exist is empty', async () => {
    await using place = await runWithLog(null);
    expect(await place.read(all)).toEqual({ size: 0, from: 0, text: '' });
    expect((await place.read({ kind: 'tail', lines: 5 })).text).toBe('');
  });
});

describe('a run that puts something else in place of its log', () => {
  test('cannot make us read another file by a link in the file, the folder or the run directory', async () => {
    await using place = await runWithLog('own');
    await mkdir(join(place.workDir, 'elsewhere', 'logs'), { recursive: true });
    await writeFile(join(place.workDir, 'elsewhere', 'logs', 'stdout.log'), 'secret');
    expect((await place.read(all)).text).toBe('own');

    await rm(join(place.logs, 'stdout.log'));
    await symlink(join(place.workDir, 'elsewhere', 'logs', 'stdout.log'), join(place.logs, 'stdout.log'));
    expect((await place.read(all)).text).toBe('');

    await rm(place.logs, { recursive: true });
    await symlink(join(place.workDir, 'elsewhere', 'logs'), place.logs);
    expect((await place.read(all)).text).toBe('');

    await rename(join(place.workDir, 'sweep', 'a'), join(place.workDir, 'sweep', 'b'));
    await symlink(join(place.workDir, 'elsewhere'), join(place.workDir, 'sweep', 'a'));
    expect((await place.read(all)).text).toBe('');
  });

  test('cannot make us wait by a named pipe', async () => {
    await using place = await runWithLog(null);
    execFileSync('mkfifo', [join(place.logs, 'stdout.log')]);
    expect((await place.read(all)).text).toBe('');
  });
});

describe('a search of a log', () => {
  const searched = async (content: string, search: Partial<LogSearch>): Promise<LogMatches> => {
    await using place = await runWithLog(content);
    await using reader = new FileLogReader(place.workDir, systemClock);
    return await reader.search(log, { text: 'error', ignoresCase: false, from: 0, limit: 100, ...search });
  };

  test('finds each line that holds the text, with its place and colours', async () => {
    const content = 'start\n\u001b[31merror\u001b[0m one, error two\n 1%\r 2% error\nend error';
    expect(await searched(content, {})).toEqual({
      size: content.length,
      matches: [
        { offset: 6, line: '\u001b[31merror\u001b[0m one, error two' },
        { offset: 36, line: ' 2% error' },
        { offset: 50, line: 'end error' },
      ],
      nextFrom: null,
    });
  });

  test('takes upper for lower case when it is told to', async () => {
    expect((await searched('ERROR é\n', {})).matches).toEqual([]);
    expect((await searched('ERROR é\n', { ignoresCase: true, text: 'Error' })).matches).toHaveLength(1);
  });

  test('goes on where the limit ended it, until every line is found once', async () => {
    const content = Array.from({ length: 25 }, (_, i) => `error ${i}\n`).join('');
    await using place = await runWithLog(content);
    await using reader = new FileLogReader(place.workDir, systemClock);
    const lines: string[] = [];
    for (let from: number | null = 0; from !== null;) {
      const answer: LogMatches = await reader.search(log, { text: 'error', ignoresCase: false, from, limit: 10 });
      lines.push(...answer.matches.map((match) => match.line));
      from = answer.nextFrom;
    }
    expect(lines).toEqual(Array.from({ length: 25 }, (_, i) => `error ${i}`));
  });

  test('finds what crosses the border between two pieces of the file, and what stands at the end of 20 MB', async () => {
    const border = 4 * 1_048_576;
    const content =
      `${'x'.repeat(99)}\n`.repeat(Math.floor(border / 100)).padEnd(border - 2, 'y') +
      `error here\n${`${'z'.repeat(99)}\n`.repeat(160_000)}last error\n`;
    const { matches, nextFrom } = await searched(content, {});
    expect([matches.length, matches[1]?.line, nextFrom]).toEqual([2, 'last error', null]);
    expect(matches[0]?.line).toContain('error here');
  });

  test('of a log that does not exist finds nothing', async () => {
    await using place = await runWithLog(null);
    await using reader = new FileLogReader(place.workDir, systemClock);
    expect(await reader.search(log, { text: 'x', ignoresCase: false, from: 0, limit: 1 })).toEqual({
      size: 0,
      matches: [],
      nextFrom: null,
    });
  });
});

test('a file system that does not answer in time is said to be away; the question is given up, not the manager', async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'juqueue-logs-'));
  const impatient = { ...systemClock, after: (_ms: number, act: () => void) => systemClock.after(0, act) };
  await using reader = new FileLogReader(workDir, impatient);
  await expect(reader.read({ experiment: 'sweep', run: 'a', stream: 'stdout' }, { kind: 'tail', lines: 1 }, false)).rejects.toMatchObject({
    problem: {
      code: 'JQ_FILES_UNAVAILABLE',
      message: 'The file system of the work-dir does not answer: no answer for 20 s.',
      hint: 'The manager and the runs go on; ask again later.',
    },
  });
  await rm(workDir, { recursive: true });
});
