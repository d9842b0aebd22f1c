import { execa } from 'execa';
import { expect, test } from 'vitest';

test('every source file has the format that npm run format gives it', { timeout: 300_000 }, async () => {
  const { stdout, stderr, exitCode } = await execa('prettier', ['--list-different', '--log-level', 'warn', '**/*.{ts,mjs,svelte}'], {
    cwd: new URL('..', import.meta.url),
    preferLocal: true,
    reject: false,
  });
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});
