import type { RunCommand, RunCommandResult } from '@juqueue/client';
import type { RunStatus } from '../parts/status.ts';
import { session } from '../session/session.svelte.ts';
import { selectorsOf } from './selector-text.ts';

export type Verb = 'resume' | 'cancel' | 'hold' | 'release' | 'priority';

/** What a command is about: a selector without some runs, or runs by name. */
export type Target =
  | { readonly kind: 'selector'; readonly q: string; readonly except: readonly string[] }
  | { readonly kind: 'runs'; readonly ids: readonly string[] };

export interface CommandOptions {
  readonly verb: Verb;
  readonly dryRun: boolean;
  readonly reason: string;
  readonly force: boolean;
  /** For the verb priority. */
  readonly priority: number;
  /** For a selector: how many runs were meant when it was confirmed. */
  readonly expectCount: number | null;
}

/** What came of a command, of several requests together. */
export interface CommandOutcome extends Omit<RunCommandResult, 'operation'> {
  /** Each can be undone by its name. */
  readonly operations: readonly string[];
}

export async function commandRuns(target: Target, options: CommandOptions): Promise<CommandOutcome> {
  const selectors = selectorsOfTarget(target);
  const results: CommandOutcome[] = [];
  for (const q of selectors) {
    const body = {
      selector: { q },
      dryRun: options.dryRun,
      ...(target.kind === 'selector' && target.except.length > 0 ? { except: target.except } : {}),
      ...(options.reason === '' ? {} : { reason: options.reason }),
      ...(target.kind === 'selector' && options.expectCount !== null ? { expectCount: options.expectCount } : {}),
    };
    const { operation, ...result } = await send(options, body);
    results.push({ ...result, operations: operation === null ? [] : [operation] });
  }
  return results.reduce(sum);
}

function send({ verb, force, priority }: CommandOptions, body: RunCommand): Promise<RunCommandResult> {
  const { client } = session;
  switch (verb) {
    case 'resume':
      return client.call('resumeRuns', { body });
    case 'cancel':
      return client.call('cancelRuns', { body: { ...body, force } });
    case 'hold':
      return client.call('holdRuns', { body });
    case 'release':
      return client.call('releaseRuns', { body });
    case 'priority':
      return client.call('prioritiseRuns', { body: { ...body, priority } });
  }
}

/** Runs of these statuses a command changes; the others it leaves alone. */
export function concernedStatuses(verb: Verb, force: boolean): readonly RunStatus[] {
  switch (verb) {
    case 'resume':
      return ['failed', 'inactive', 'finished'];
    case 'cancel':
      return force ? ['ready', 'running'] : ['ready'];
    case 'hold':
    case 'release':
      return ['ready'];
    case 'priority':
      return ['inactive', 'ready', 'running', 'finished', 'failed'];
  }
}

/** The selectors that mean the target, apart from what it excepts. */
export function selectorsOfTarget(target: Target): readonly string[] {
  return target.kind === 'selector' ? [target.q === '' ? '*@*' : target.q] : selectorsOf(target.ids);
}

function sum(a: CommandOutcome, b: CommandOutcome): CommandOutcome {
  const byStatus: Record<string, number> = { ...a.byStatus };
  for (const [status, count] of Object.entries(b.byStatus)) byStatus[status] = (byStatus[status] ?? 0) + count;
  return {
    matched: a.matched + b.matched,
    byStatus,
    affected: a.affected + b.affected,
    skippedCount: a.skippedCount + b.skippedCount,
    skipped: [...a.skipped, ...b.skipped],
    operations: [...a.operations, ...b.operations],
  };
}
