import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeConfig, StartSpec } from '@juqueue/core';
import { workDirPaths } from '@juqueue/core';
import type { TestWorkDir } from './work-dir.ts';
import { waitUntil } from './wait-until.ts';

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface TestNodeOptions {
  readonly allocation?: string;
  readonly program?: string;
  /** Whom the node and its work-dir belong to, where that is not us. */
  readonly user?: { readonly uid: number; readonly gid: number } | null;
  /** How many processes and threads that user may have. */
  readonly processes?: number | null;
}

/** A real NodeManager process of a test. Disposing kills it and waits until nothing of it is left. */
export class TestNode implements AsyncDisposable {
  readonly allocation: string;
  readonly process: ChildProcess;
  #stderr = '';

  private constructor(allocation: string, child: ChildProcess) {
    this.allocation = allocation;
    this.process = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
  }

  static async start(
    workDir: TestWorkDir,
    config: Partial<NodeConfig> = {},
    { allocation = 'a1', program = source, user = null, processes: processLimit = null }: TestNodeOptions = {},
  ): Promise<TestNode> {
    const full: NodeConfig = {
      version: 1,
      allocation,
      token: 'token',
      clusterKind: 'local',
      slots: 2,
      deadlineMs: null,
      walltimeMs: null,
      environment: 'inherit',
      cudaDevices: null,
      linkKeyFile: join(workDir.path, workDirPaths.linkKey),
      ...config,
    };
    const configFile = join(workDir.path, `.juqueue/${allocation}.config`);
    await writeFile(configFile, JSON.stringify(full), { mode: 0o600 });
    if (user !== null)
      for (const file of ['.', ...readdirSync(workDir.path, { recursive: true, encoding: 'utf8' })])
        chownSync(join(workDir.path, file), user.uid, user.gid);
    const command = [process.execPath, program, '--work-dir', workDir.path, '--allocation', allocation, '--config', configFile];
    const [first = '', ...rest] = processLimit === null ? command : ['prlimit', `--nproc=${processLimit}`, ...command];
    const child = spawn(first, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: workDir.path, ...user });
    return new TestNode(allocation, child);
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasExited(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Pids of its spawners. */
  get spawners(): readonly number[] {
    return processes()
      .filter(({ ppid, command }) => ppid === this.process.pid && command.endsWith('spawner'))
      .map(({ pid }) => pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasExited) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    await waitUntil(
      `no process of ${this.allocation} is left`,
      () => processesOfNode(this.allocation, this.process.pid ?? 0).length === 0,
      15_000,
    );
  }
}

interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly command: string;
}

/** All living processes; zombies are dead. */
export function processes(): readonly ProcessEntry[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state = '', ppid = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z'
          ? []
          : [{ pid, ppid: Number(ppid), state, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
      } catch {
        return [];
      }
    });
}

/** Processes that carry the mark of an attempt of this node, and its spawners. */
export function processesOfNode(allocation: string, nodePid: number): readonly number[] {
  return processes()
    .filter(
      ({ pid, ppid, command }) =>
        (ppid === nodePid && command.endsWith('spawner')) || environOf(pid).includes(`JUQUEUE_NODE=${allocation}`),
    )
    .map(({ pid }) => pid);
}

export function environOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

export const programFile = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

let attempts = 0;

/** A start of the run `e@<name>`. */
export function startSpec(name: string, cmd: readonly string[], more: Partial<StartSpec> = {}): StartSpec {
  attempts += 1;
  return {
    run: `e@${name}`,
    attempt: 1,
    attemptId: `${process.pid}-${attempts}`,
    directory: `e/${name}`,
    cmd,
    parameters: {},
    parameterFormat: 'argparse',
    executor: { env: {}, venv: null, pythonSearchPath: [], prependScript: [], cuda: false },
    checkpoint: { kind: 'undeclared' },
    slotCount: 1,
    timeLimitMs: null,
    graceMs: 2_000,
    cudaDevicesPerSlot: 1,
    gpus: null,
    ...more,
  };
}
