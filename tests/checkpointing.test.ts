import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

const examples = join(import.meta.dirname, '..', 'example_defs/checkpointing');
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;

/** The example as it stands, with its steps and walltime cut down. */
function example(changes: readonly (readonly [RegExp, string])[]): Readonly<Record<string, string>> {
  const paths = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(yaml|py|sh)$/.test(path));
  return Object.fromEntries(
    paths.map((path) => [path, changes.reduce((text, [from, to]) => text.replace(from, to), readFileSync(join(examples, path), 'utf8'))]),
  );
}

/** The last line that the program prints when nobody stops it. */
function uninterrupted(program: readonly string[], steps: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'juqueue-uninterrupted-'));
  try {
    const [command = '', ...args] = program;
    return (
      spawnSync(command, [...args, '--steps', String(steps), '--seconds', '0'], { cwd: folder, encoding: 'utf8' })
        .stdout.trim()
        .split('\n')
        .at(-1) ?? ''
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.skipIf(!hasPython)(
  `the checkpointing examples go on over ends of their nodes, and their results are those of programs that nobody stopped${hasPython ? '' : ' (skipped: there is no python3 from 3.8)'}`,
  { timeout: 240_000 },
  async () => {
    const steps = 60;
    using folder = new TestFolder(
      example([
        [/walltime: 1m .*/, 'walltime: 20s'],
        [/steps: 90, seconds: 1/, `steps: ${steps}, seconds: 0.5`],
        [/grace: 10s/, 'grace: 2s'],
      ]),
    );
    await using manager = await TestManager.start(folder);
    await manager.until<{ runs: readonly unknown[] }>('/api/v1/runs?state=finished,failed', ({ runs }) => runs.length === 2, 200_000);

    for (const [name, program] of [
      ['python', ['python3', join(examples, 'estimate_pi.py')]],
      ['bash', ['bash', join(examples, 'count_primes.sh')]],
    ] as const) {
      const { attempts } = await manager.json<{
        attempts: readonly {
          readonly outcome: { readonly exitCode: number; readonly stopCause: string | null; readonly checkpointAtMs: number | null };
        }[];
      }>(`/api/v1/runs/checkpointing@${name}/attempts`);
      expect(attempts.length).toBeGreaterThan(1);
      expect(attempts.at(-1)?.outcome).toMatchObject({ exitCode: 0, stopCause: null });
      for (const { outcome } of attempts.slice(0, -1))
        expect(outcome).toMatchObject({ exitCode: 85, stopCause: 'walltime', checkpointAtMs: expect.any(Number) });

      const lines = folder.read(`checkpointing/${name}/logs/stdout.log`).trim().split('\n');
      const begins = lines.flatMap((line) => /^begins with step (\d+)$/.exec(line)?.[1] ?? []).map(Number);
      expect(begins).toHaveLength(attempts.length);
      expect(begins).toEqual([...new Set(begins)].sort((a, b) => a - b));
      expect(lines.at(-1)).toBe(uninterrupted(program, steps));
    }
  },
);
