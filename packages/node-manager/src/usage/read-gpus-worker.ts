import { execFile } from 'node:child_process';
import type { GpuReading } from './gpu-output.ts';
import { nvidiaArguments, parseNvidia, parseRocm, rocmArguments } from './gpu-output.ts';

/** The tools take a second on a busy node; one that hangs with its driver must not gather more of itself. */
const patienceMs = 10_000;

const tools = [
  { program: 'nvidia-smi', args: nvidiaArguments, parse: parseNvidia },
  { program: 'rocm-smi', args: rocmArguments, parse: parseRocm },
] as const;

/** Reads the accelerators of this machine with the tool that is there; with none, nothing is tried again. */
export class GpuReader {
  #tool: (typeof tools)[number] | null | undefined;

  async read(): Promise<readonly GpuReading[]> {
    if (this.#tool === null) return [];
    for (const tool of this.#tool === undefined ? tools : [this.#tool]) {
      const output = await execute(tool.program, tool.args);
      if (output === 'missing') continue;
      this.#tool = tool;
      return output === null ? [] : tool.parse(output);
    }
    this.#tool = null;
    return [];
  }
}

function execute(program: string, args: readonly string[]): Promise<string | 'missing' | null> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: patienceMs, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else resolve((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : null);
    });
  });
}
