import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestFolder, TestManager } from '@juqueue/testkit';
import { describe, expect, test } from 'vitest';
import { juqueue } from './command-line.ts';

const program = fileURLToPath(new URL('../bin/juqueue.js', import.meta.url));

const definitions = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 1 }\n',
  'experiments/sweep.yaml': 'name: sweep\ndefaults: { cluster: local, cmd: ["true"] }\nmatrix: { lr: [1, 2] }\nid: "lr{lr}"\n',
};

const hasZsh = spawnSync('zsh', ['--version']).error === undefined;

const completed = async (...words: readonly string[]): Promise<readonly string[]> =>
  (await juqueue(['__complete', ...words])).out.split('\n').slice(0, -1);

describe('completion', { timeout: 90_000 }, () => {
  test('without a manager knows commands, options and fixed words', async () => {
    expect(await completed('pro')).toEqual(['progress']);
    expect(await completed('runs', '--wh')).toEqual(['--where']);
    expect(await completed('runs', '--state', 'fa')).toEqual(['failed']);
    expect(await completed('cluster', 'h')).toEqual(['hold']);
    expect(await completed('completion', '')).toEqual(['bash', 'zsh']);
    expect(await completed('nothing', '')).toEqual([]);
  });

  test('with a manager knows experiments, runs, clusters and nodes', async () => {
    using folder = new TestFolder(definitions);
    await using _manager = await TestManager.start(folder);
    const at = ['--work-dir', folder.workDir];
    expect(await completed('show', ...at, 'sw')).toEqual(['sweep@']);
    expect(await completed('resume', 'sweep@lr1', ...at, 'sweep@l')).toEqual(['sweep@lr1', 'sweep@lr2']);
    expect(await completed('runs', ...at, '--cluster', '')).toEqual(['local']);
    expect(await completed('cluster', 'hold', ...at, 'l')).toEqual(['local']);

    // Bash itself, with the function that it is given.
    const bin = join(folder.workDir, '..', 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'juqueue'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    chmodSync(join(bin, 'juqueue'), 0o755);
    const script = `eval "$(juqueue completion bash)"; COMP_LINE='juqueue show sweep@l'; COMP_POINT=${'juqueue show sweep@l'.length}; compopt() { :; }; _juqueue; printf '%s\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync('bash', ['-c', script], {
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, JUQUEUE_WORK_DIR: folder.workDir },
      encoding: 'utf8',
    });
    expect(out).toBe('lr1\nlr2\n');

    if (!hasZsh) return;
    // Zsh itself; what it offers is printed instead.
    const zsh = `compdef() { :; }; compadd() { print -l -- "$#candidates" $candidates; }; eval "$(juqueue completion zsh)"; words=(juqueue show sweep@l); CURRENT=3; _juqueue; words=(juqueue show nothing@); _juqueue`;
    expect(
      execFileSync('zsh', ['-f', '-c', zsh], {
        env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, JUQUEUE_WORK_DIR: folder.workDir },
        encoding: 'utf8',
      }),
    ).toBe('2\nsweep@lr1\nsweep@lr2\n0\n');
  });
});
