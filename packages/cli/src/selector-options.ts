import type { Command } from 'commander';
import type { Selector } from '@juqueue/client';
import { collect } from './commands/command-set.ts';

export interface SelectorOptions {
  readonly state?: string[];
  readonly experiment?: string[];
  readonly cluster?: string[];
  readonly node?: string[];
  readonly where?: string[];
}

/** The flags of the selector grammar; each may be given several times. */
export function addSelectorOptions(command: Command): Command {
  return command
    .argument('[selector...]', 'runs (experiment@run, with * for anything) or words such as state:failed')
    .option('--state <states>', 'inactive, ready, running, finished, failed; commas separate several', collect)
    .option('--experiment <name>', 'experiment, or a pattern with *', collect)
    .option('--cluster <name>', 'cluster, or a pattern with *', collect)
    .option('--node <id>', 'node, or a pattern with *', collect)
    .option('--where <comparison>', "parameters, such as 'lr<1e-3'", collect);
}

export function selectorOf(words: readonly string[], options: SelectorOptions): Selector {
  const { state, experiment, cluster, node, where } = options;
  return { q: words.length === 0 ? undefined : words.join(' '), state, experiment, cluster, node, where };
}

/** Whether it names no run at all, so that a command would mean every one. */
export function isEmpty(selector: Selector): boolean {
  return Object.values(selector).every((part) => part === undefined || part.length === 0);
}
