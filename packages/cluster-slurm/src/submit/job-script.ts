import { shellWord } from '@juqueue/core';

/** What the job executes once its prologue is through. */
export interface NodeCommand {
  /** Node's own binary, the one that the manager runs on. */
  readonly nodeBinary: string;
  /** The NodeManager's program. */
  readonly program: string;
  readonly arguments: readonly string[];
}

/**
 * The script that sbatch reads from its standard input: the prologue verbatim, then the NodeManager in the place of the
 * shell, so that it is the batch process and gets Slurm's signals itself. Line ends of Windows, which Slurm refuses, go.
 */
export function jobScript(prologue: readonly string[], { nodeBinary, program, arguments: args }: NodeCommand): string {
  const command = ['exec', ...[nodeBinary, program, ...args].map(shellWord)].join(' ');
  return ['#!/bin/bash', ...prologue.map((line) => line.replace(/\r$/, '')), command, ''].join('\n');
}
