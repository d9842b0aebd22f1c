import type { AllocationId } from '@juqueue/core';

export interface NodeArguments {
  readonly workDir: string;
  readonly allocation: AllocationId;
}

const usage = 'usage: node-manager --work-dir W --allocation A --config FILE';

/** The value behind a name; throws a sentence when it is missing. */
export function argumentValue(argv: readonly string[], name: '--work-dir' | '--allocation' | '--config'): string {
  const value = argv[argv.indexOf(name) + 1];
  if (!argv.includes(name) || value === undefined) throw new Error(`expected ${name} and its value; ${usage}`);
  return value;
}

export function parseNodeArguments(argv: readonly string[]): NodeArguments {
  return { workDir: argumentValue(argv, '--work-dir'), allocation: argumentValue(argv, '--allocation') };
}
