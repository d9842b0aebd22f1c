import { JuqueueError } from '@juqueue/core';
import type { Command, Run, RunId } from '@juqueue/core';

export type RunCommand = Extract<
  Command,
  { readonly kind: 'resume-runs' | 'cancel-runs' | 'hold-runs' | 'release-runs' | 'prioritise-runs' }
>;

/** What undoes a command: the same for all runs that it changed, or by the priority that they had. */
type Inverse = (affected: readonly RunId[]) => readonly RunCommand[];

/** A person notices a mistake within minutes. */
const mostRemembered = 50;

/**
 * The newest commands on runs and what undoes each: a hold by a release, another priority by the former ones, a resume by a
 * cancel that leaves alone what executes by now. Forgotten when undone, and at a restart.
 */
export class UndoBook {
  readonly #known = new Map<string, readonly RunCommand[]>();
  #next = 1;
  readonly #prefix: string;

  /** `epoch` makes names of different starts different. */
  constructor(epoch: number) {
    this.#prefix = `${epoch}-`;
  }

  /** To be asked before the command, for it takes the priorities of the moment. */
  inverseOf(command: RunCommand, runOf: (id: RunId) => Run | undefined): Inverse {
    const { by } = command;
    switch (command.kind) {
      case 'resume-runs':
        return (runs) => [{ kind: 'cancel-runs', runs, force: false, by, reason: 'the resume was undone' }];
      case 'cancel-runs':
        return (runs) => [{ kind: 'resume-runs', runs, by }];
      case 'hold-runs':
        return (runs) => [{ kind: 'release-runs', runs, by }];
      case 'release-runs':
        return (runs) => [{ kind: 'hold-runs', runs, by, reason: 'the release was undone' }];
      case 'prioritise-runs': {
        const before = new Map(command.runs.map((id) => [id, runOf(id)?.definition.priority ?? command.priority]));
        return (runs) =>
          [...Map.groupBy(runs, (id) => before.get(id) ?? command.priority)].map(([priority, ids]) => ({
            kind: 'prioritise-runs',
            runs: ids,
            priority,
            by,
          }));
      }
    }
  }

  /** Remembers it under a name; null when nothing was changed. */
  remember(inverse: Inverse, affected: readonly RunId[]): string | null {
    if (affected.length === 0) return null;
    const name = `${this.#prefix}${this.#next++}`;
    this.#known.set(name, inverse(affected));
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostRemembered && oldest !== undefined) this.#known.delete(oldest);
    return name;
  }

  /** The commands that undo it, which are handed out once. Throws JQ_NOT_FOUND. */
  take(name: string): readonly RunCommand[] {
    const commands = this.#known.get(name);
    if (commands === undefined)
      throw new JuqueueError(
        'JQ_NOT_FOUND',
        `There is no operation '${name}' that could be undone.`,
        `The newest ${mostRemembered} commands on runs can be, once each, until the manager stops.`,
      );
    this.#known.delete(name);
    return commands;
  }
}
