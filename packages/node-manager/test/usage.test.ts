import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { StorageReport } from '../src/core/node-ports.ts';
import type { RunsWorkerData } from '../src/files/worker-messages.ts';
import { runFiles } from '../src/launch/run-files.ts';
import { ProcessReader } from '../src/usage/read-processes-worker.ts';
import { waitUntil } from './wait-until.ts';

const busyMachineMs = 60_000;

/** Two processes, the second in a session of its own, that hold memory, write and compute until they are killed. */
const busy =
  'head -c 20000000 /dev/zero > written; setsid sh -c "while :; do :; done" & x=$(head -c 8000000 /dev/zero | tr "\\0" x); while :; do :; done';

test(
  'the whole process tree of an attempt is sampled, and what it used is kept with its outcome, its curve with its history',
  { timeout: 2 * busyMachineMs },
  async () => {
    const workDir = await mkdtemp(join(tmpdir(), 'juqueue-usage-'));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(workDir, { recursive: true, force: true, maxRetries: 5 }));
    const tool = join(workDir, 'nvidia-smi');
    await writeFile(tool, '#!/bin/sh\necho "0, GPU-a, 10, 100"\necho "1, GPU-b, 80, 2048"\n');
    await chmod(tool, 0o755);
    const files = runFiles(workDir, 'e/r', 1);
    await mkdir(files.logs, { recursive: true });

    const attemptId = `usage-${process.pid}`;
    const startedAtMs = Date.now();
    const child = spawn('bash', ['-c', busy], {
      cwd: files.directory,
      detached: true,
      stdio: 'ignore',
      env: { PATH: '/usr/bin:/bin', JUQUEUE_ATTEMPT_ID: attemptId },
    });
    const sums = () => new ProcessReader().read(new Set([attemptId])).get(attemptId);
    stack.defer(async () => {
      const { findProcesses } = await import('../src/spawner/find-processes.ts');
      for (const pid of await findProcesses((marks) => marks.attemptId === attemptId)) process.kill(pid, 'SIGKILL');
    });
    await waitUntil(
      'it has written and holds memory',
      () => (sums()?.writtenBytes ?? 0) >= 20_000_000 && (sums()?.rssBytes ?? 0) > 8_000_000 && (sums()?.cpuMs ?? 0) > 500,
      busyMachineMs,
    );

    const data: RunsWorkerData = { role: 'runs', node: 'a1', host: 'h', observeEveryMs: 100, sampleEveryMs: 100 };
    const worker = new Worker(new URL('../src/main.ts', import.meta.url), {
      workerData: data,
      env: { ...process.env, PATH: `${workDir}:${process.env['PATH']}` },
    });
    stack.defer(async () => void (await worker.terminate()));
    const reports: StorageReport[] = [];
    worker.on('message', (batch: readonly StorageReport[]) => reports.push(...batch));
    const name = { run: 'e@r', attempt: 1, attemptId };
    worker.postMessage([['watch', { ...name, files, startedAtMs, logLimitBytes: 1e9, script: '#!/bin/bash\n', devices: ['1'] }]]);
    await waitUntil(
      'it is on record as executing',
      async () => (await readFile(files.history, 'utf8').catch(() => '')).includes('executing'),
      busyMachineMs,
    );
    const seen = await waitUntil(
      'its usage is told while it executes',
      () => reports.findLast((report) => report.kind === 'observed' && report.observations[0]?.observation.usage !== undefined),
      busyMachineMs,
    );
    expect(seen.kind === 'observed' ? seen.observations[0]?.observation.usage?.maxRssBytes : 0).toBeGreaterThan(8_000_000);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    child.kill('SIGKILL');
    worker.postMessage([
      [
        'conclude',
        {
          ...name,
          files,
          script: '#!/bin/bash\n',
          logLimitBytes: 1e9,
          definitionHash: null,
          exit: { kind: 'exit', code: 0 },
          startedAtMs,
          endedAtMs: Date.now(),
          stopCause: null,
          slots: [0],
          output: { stdout: 0, stderr: 0 },
        },
      ],
    ]);
    const concluded = await waitUntil('it is concluded', () => reports.find((report) => report.kind === 'concluded'), busyMachineMs);

    const usage = concluded.kind === 'concluded' ? concluded.outcome.usage : undefined;
    expect(usage).toMatchObject({
      samples: expect.any(Number),
      gpu: { meanPercent: 80, maxPercent: 80, maxMemoryBytes: 2_048 * 1024 ** 2 },
    });
    expect(usage?.cpuMs).toBeGreaterThan(500);
    expect(usage?.meanCores).toBeGreaterThan(0);
    expect(usage?.maxRssBytes).toBeGreaterThan(8_000_000);
    expect(usage?.writtenBytes).toBeGreaterThanOrEqual(20_000_000);
    const history = JSON.parse(await readFile(files.history, 'utf8')) as {
      readonly executing?: unknown;
      readonly attempts: readonly { readonly curve: readonly unknown[]; readonly script: string }[];
    };
    expect(history.executing).toBeUndefined();
    expect(history.attempts[0]?.curve.length).toBeGreaterThan(0);
    expect(history.attempts[0]?.script).toBe('#!/bin/bash\n');
  },
);
