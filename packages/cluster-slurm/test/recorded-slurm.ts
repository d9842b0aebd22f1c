import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@juqueue/testkit';
import type { ClusterDefinition } from '@juqueue/core';
import { silentLog } from '@juqueue/core';
import { SlurmCluster } from '../src/index.ts';
import { jobFamily, jobName } from '../src/submit/job-name.ts';

export type SlurmProgram = 'sbatch' | 'squeue' | 'scancel' | 'sacct' | 'scontrol' | 'sacctmgr' | 'sshare' | 'jutil';

export interface Recording {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly status?: number;
  readonly sleepSeconds?: number;
}

const program = `#!/bin/sh
here=$(dirname "$0"); name=$(basename "$0")
printf '%s %s\\n' "$name" "$*" >> "$here/calls"
env > "$here/$name.env"
cat > "$here/$name.input"
answer="$here/$name"
case "$name $*" in "scontrol show config"*) answer="$here/scontrol-config" ;; esac
[ -f "$answer.sleep" ] && sleep "$(cat "$answer.sleep")"
cat "$answer.err" >&2
cat "$answer.out"
exit "$(cat "$answer.status")"
`;

const config = 'MessageTimeout = 10 sec\nAccountingStorageType = accounting_storage/slurmdbd\nSLURM_VERSION = 23.11.4\n';

/** Slurm's programs on the PATH, each answering what was recorded of a real one, and noting how it was called. */
export class RecordedSlurm implements Disposable {
  readonly workDir = mkdtempSync(join(tmpdir(), 'jq-recorded-'));
  readonly clock = new FakeClock();
  readonly #bin = join(this.workDir, 'bin');

  constructor() {
    mkdirSync(this.#bin);
    for (const name of ['sbatch', 'squeue', 'scancel', 'sacct', 'scontrol', 'sacctmgr', 'sshare', 'jutil'] as const) {
      writeFileSync(join(this.#bin, name), program);
      chmodSync(join(this.#bin, name), 0o755);
      this.answer(name, {});
    }
    this.config(config);
  }

  /** What finds these programs. */
  get env(): Readonly<Record<string, string>> {
    return { PATH: `${this.#bin}:/usr/bin:/bin`, HOME: this.workDir };
  }

  cluster(
    definition: ClusterDefinition,
    options: { readonly mayAct?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
  ): SlurmCluster {
    return new SlurmCluster({
      definition,
      workDir: this.workDir,
      program: '/opt/node-manager.mjs',
      nodeBinary: '/opt/node',
      linkKeyFile: join(this.workDir, '.juqueue/link.key'),
      clock: this.clock,
      log: silentLog,
      env: { ...this.env, ...options.env },
      mayAct: async () => options.mayAct ?? true,
    });
  }

  answer(name: SlurmProgram | 'scontrol-config', { stdout = '', stderr = '', status = 0, sleepSeconds }: Recording): void {
    const path = join(this.#bin, name);
    writeFileSync(`${path}.out`, stdout);
    writeFileSync(`${path}.err`, stderr);
    writeFileSync(`${path}.status`, String(status));
    rmSync(`${path}.sleep`, { force: true });
    if (sleepSeconds !== undefined) writeFileSync(`${path}.sleep`, String(sleepSeconds));
  }

  config(stdout: string): void {
    this.answer('scontrol-config', { stdout });
  }

  /** The line of squeue for a job of this token. */
  queued(
    token: string,
    jobId: string,
    state: string,
    rest: {
      readonly reason?: string;
      readonly started?: number;
      readonly ended?: number;
      readonly node?: string;
      readonly submitted?: number;
    } = {},
    cluster = 'hpc',
  ): string {
    const { reason = 'None', started, ended, node = '', submitted = 1_700_000_000 } = rest;
    return `${[jobId, state, reason, submitted, started ?? 'N/A', ended ?? 'N/A', node, node || 'n/a', this.name(token, cluster)].join('|')}\n`;
  }

  /** The line of sacct for an execution of this token's job. */
  accounted(
    token: string,
    jobId: string,
    state: string,
    submitted: number,
    started: number,
    ended: number | 'Unknown',
    node = 'n1',
  ): string {
    return `${[jobId, state, submitted, started, ended, 'batch', node, this.name(token)].join('|')}\n`;
  }

  name(token: string, cluster = 'hpc'): string {
    return jobName(jobFamily(this.workDir, cluster), token);
  }

  calls(name: SlurmProgram): readonly string[] {
    const file = join(this.#bin, 'calls');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    return lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  }

  /** What the last call had on its standard input, and in its environment. */
  lastInput(name: SlurmProgram): string {
    return readFileSync(join(this.#bin, `${name}.input`), 'utf8');
  }

  lastEnvironment(name: SlurmProgram): readonly string[] {
    return readFileSync(join(this.#bin, `${name}.env`), 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0] ?? '');
  }

  [Symbol.dispose](): void {
    rmSync(this.workDir, { recursive: true, force: true });
  }
}
