import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '@juqueue/core';
import { runFiles } from '../launch/run-files.ts';
import type { RunFiles } from '../launch/run-files.ts';
import { limitLogs } from './log-limit-worker.ts';
import { parseProgress, readLastWords, readOwnFile } from './own-files-worker.ts';
import { recordAttempt } from './run-history-worker.ts';
import { RunObserver } from './run-observer-worker.ts';

async function run(): Promise<{ readonly files: RunFiles } & AsyncDisposable> {
  const workDir = await mkdtemp(join(tmpdir(), 'juqueue-files-'));
  const files = runFiles(workDir, 'e/r', 2);
  await mkdir(files.logs, { recursive: true });
  return { files, [Symbol.asyncDispose]: () => rm(workDir, { recursive: true, force: true }) };
}

const outcome: AttemptOutcome = {
  kind: 'exit',
  exitCode: 0,
  signal: null,
  stopCause: null,
  startedAtMs: 1,
  endedAtMs: 2,
  checkpointAtMs: null,
  progress: null,
  detail: 'exited with code 0',
};

describe('the files that a program writes for us', () => {
  test.each([
    ['0.42 epoch 17', { progress: 0.42, text: 'epoch 17' }],
    ['1', { progress: 1, text: null }],
    ['.5\nsecond line', { progress: 0.5, text: null }],
    ['3e-1 of it', { progress: 0.3, text: 'of it' }],
    ['1.5', null],
    ['soon', null],
    ['', null],
  ])('progress %j is read as %j', (text, expected) => {
    expect(parseProgress(text)).toEqual(expected);
  });

  test('the last words are progress, checkpoint and error, as far as they are there', async () => {
    await using it = await run();
    expect(readLastWords(it.files, null)).toEqual({ progress: null, checkpointAtMs: null, errorText: null, hasErrorFile: false });
    await writeFile(it.files.progress, '0.9 nearly');
    await writeFile(it.files.checkpoint, '');
    await writeFile(it.files.error, 'out of data\n');
    expect(readLastWords(it.files, null)).toEqual({
      progress: 0.9,
      checkpointAtMs: expect.any(Number),
      errorText: 'out of data',
      hasErrorFile: true,
    });
  });

  test('a failed attempt without an error file is told by its own stderr, then by what looks like an error in its own stdout', async () => {
    await using it = await run();
    await writeFile(it.files.stderr, 'error: of the attempt before\n');
    await writeFile(it.files.stdout, 'error: of the attempt before\nepoch 1\n');
    const output = { stdout: 29, stderr: 29 };
    expect(readLastWords(it.files, output).errorText).toBeNull();
    await appendFile(it.files.stdout, 'ERROR: no data\nepoch 2\n');
    expect(readLastWords(it.files, output).errorText).toBe('ERROR: no data');
    await appendFile(it.files.stderr, 'Traceback\nValueError: no rows\n');
    expect(readLastWords(it.files, output).errorText).toBe('ValueError: no rows');
    await writeFile(it.files.error, 'the file data.csv has no rows');
    expect(readLastWords(it.files, output).errorText).toBe('the file data.csv has no rows');
    expect(readLastWords(it.files, null).errorText).toBe('the file data.csv has no rows');
  });

  test('a symbolic link is not followed, and no more than 2 KiB are read', async () => {
    await using it = await run();
    await symlink('/etc/passwd', it.files.error);
    expect(readOwnFile(it.files.error)).toBeNull();
    await writeFile(it.files.progress, 'x'.repeat(10_000));
    expect(readOwnFile(it.files.progress)?.text).toHaveLength(2_048);
  });

  test('an observation is made only when something has changed', async () => {
    await using it = await run();
    const observer = new RunObserver({ run: 'e@r', attempt: 2 }, it.files, Date.now(), 1024);
    expect(observer.look()).toBeNull();
    await writeFile(it.files.progress, '0.1 first');
    expect(observer.look()).toMatchObject({
      run: 'e@r',
      observation: { attempt: 2, progress: 0.1, progressText: 'first', checkpointAtMs: null, fileChangedAtMs: null },
    });
    expect(observer.look()).toBeNull();
    await writeFile(it.files.checkpoint, '');
    expect(observer.look()).toMatchObject({ observation: { progress: 0.1, checkpointAtMs: expect.any(Number) } });
  });

  test('a file of the run directory counts when it changes after the first minute, one in logs never', async () => {
    await using it = await run();
    const startedAtMs = Date.now() - 120_000;
    await writeFile(join(it.files.directory, 'early'), '');
    await utimes(join(it.files.directory, 'early'), startedAtMs / 1000, startedAtMs / 1000 + 30);
    await writeFile(it.files.stdout, 'output');
    expect(new RunObserver({ run: 'e@r', attempt: 2 }, it.files, startedAtMs, 1024).look()).toBeNull();
    await writeFile(join(it.files.directory, 'model.bin'), '');
    expect(new RunObserver({ run: 'e@r', attempt: 2 }, it.files, startedAtMs, 1024).look()).toMatchObject({
      observation: { fileChangedAtMs: expect.any(Number) },
    });
  });
});

describe('the history of a run', () => {
  test('gains an attempt, replaces one of the same number, and keeps what was there before us', async () => {
    await using it = await run();
    await writeFile(it.files.history, '{"status": "ready", "created_at": "2023-01-01T00:00:00"}');
    recordAttempt(it.files.history, {
      attempt: 1,
      node: 'a1',
      host: 'h',
      slots: [0],
      definitionHash: 'h',
      script: '',
      outcome: { ...outcome, exitCode: 7 },
    });
    recordAttempt(it.files.history, {
      attempt: 2,
      node: 'a1',
      host: 'h',
      slots: [0],
      definitionHash: 'h',
      script: '',
      outcome: { ...outcome, exitCode: 8 },
    });
    recordAttempt(it.files.history, { attempt: 2, node: 'a1', host: 'h', slots: [0], definitionHash: 'h', script: '', outcome });
    const history = JSON.parse(await readFile(it.files.history, 'utf8')) as { attempts: { attempt: number }[] };
    expect(history).toMatchObject({ status: 'finished', created_at: '2023-01-01T00:00:00' });
    expect(history.attempts.map((entry) => entry.attempt)).toEqual([1, 2]);
  });
});

describe('a log that grows without end', () => {
  test('is cut down to its last part, and what the program writes next stands behind it', async () => {
    await using it = await run();
    await writeFile(it.files.stdout, `${'old '.repeat(1_000)}${'new '.repeat(500)}`);
    limitLogs(it.files, 4_000);
    await appendFile(it.files.stdout, 'next');
    const log = await readFile(it.files.stdout, 'utf8');
    expect(log).toMatch(/^-{10} the log reached its limit of 4000 bytes; what follows is its last part -{10}\n(new )+next$/);
    expect(log.length).toBeLessThan(1_200);
  });

  test('a log below its limit is left alone', async () => {
    await using it = await run();
    await writeFile(it.files.stdout, 'short');
    limitLogs(it.files, 4_000);
    expect(await readFile(it.files.stdout, 'utf8')).toBe('short');
  });
});
