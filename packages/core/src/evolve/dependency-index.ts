import type { Run } from '../model/run.ts';
import type { RunId } from '../model/ids.ts';
import { globToRegExp } from '../model/glob.ts';

/** How far the runs are that a run depends on. */
export type DependencyState = 'met' | 'waiting' | 'failed';

/** All runs that one selector of `depends_on` names, counted so that a change costs nothing per dependant. */
interface Group {
  readonly experiment: RegExp;
  readonly name: RegExp;
  readonly members: Set<RunId>;
  readonly dependants: Set<RunId>;
  finished: number;
  failed: number;
}

/**
 * Who waits for whom, by selector and not by pair: a summary that depends on `sweep@*` is one group of 100 000 members,
 * and 100 000 runs that depend on one `prepare` share one group too. Selectors without `*` are found by name, so that
 * 100 000 runs that each depend on one other cost no more than that.
 */
export class DependencyIndex {
  readonly #groups = new Map<string, Group>();
  readonly #patterns = new Set<Group>();
  readonly #groupsOfMember = new Map<RunId, Group[]>();

  /** `all` are the runs that exist, this one included, for the members of groups that are new. */
  addRun(run: Run, all: ReadonlyMap<RunId, Run>): void {
    for (const group of this.#patterns) join(group, run, this.#groupsOfMember);
    const named = this.#groups.get(run.id);
    if (named !== undefined) join(named, run, this.#groupsOfMember);
    for (const key of groupKeys(run)) {
      let group = this.#groups.get(key);
      if (group === undefined) {
        group = newGroup(key);
        this.#groups.set(key, group);
        this.#fill(group, key, all);
      }
      group.dependants.add(run.id);
    }
  }

  #fill(group: Group, key: string, all: ReadonlyMap<RunId, Run>): void {
    if (!key.includes('*')) {
      const only = all.get(key);
      if (only !== undefined) join(group, only, this.#groupsOfMember);
      return;
    }
    this.#patterns.add(group);
    for (const run of all.values()) join(group, run, this.#groupsOfMember);
  }

  removeRun(run: Run): void {
    for (const group of this.#groupsOfMember.get(run.id) ?? []) {
      group.members.delete(run.id);
      count(group, run, -1);
    }
    this.#groupsOfMember.delete(run.id);
    for (const key of groupKeys(run)) {
      const group = this.#groups.get(key);
      group?.dependants.delete(run.id);
      if (group?.dependants.size === 0) this.#drop(key, group);
    }
  }

  /** Notes a change of status and answers the runs whose dependencies may look different now. */
  change(before: Run, after: Run): readonly RunId[] {
    const touched: RunId[] = [];
    for (const group of this.#groupsOfMember.get(after.id) ?? []) {
      const was = stateOf(group);
      count(group, before, -1);
      count(group, after, +1);
      if (stateOf(group) !== was) touched.push(...group.dependants);
    }
    return touched;
  }

  stateFor(run: Run): DependencyState {
    let state: DependencyState = 'met';
    for (const key of groupKeys(run)) {
      const group = this.#groups.get(key);
      const groupState = group === undefined ? 'waiting' : stateOf(group);
      if (groupState === 'failed') return 'failed';
      if (groupState === 'waiting') state = 'waiting';
    }
    return state;
  }

  /** The sentence of what a run waits for: the first selector that is not met, with its counts. */
  describe(run: Run): string | null {
    for (const key of groupKeys(run)) {
      const group = this.#groups.get(key);
      if (group === undefined || stateOf(group) === 'met') continue;
      return `waits for ${key}: ${group.finished} of ${group.members.size} finished${group.failed > 0 ? `, ${group.failed} failed` : ''}`;
    }
    return null;
  }

  #drop(key: string, group: Group): void {
    this.#groups.delete(key);
    this.#patterns.delete(group);
    for (const member of group.members) {
      const groups = this.#groupsOfMember.get(member)?.filter((other) => other !== group) ?? [];
      if (groups.length === 0) this.#groupsOfMember.delete(member);
      else this.#groupsOfMember.set(member, groups);
    }
  }
}

function join(group: Group, run: Run, groupsOfMember: Map<RunId, Group[]>): void {
  if (group.members.has(run.id) || !group.experiment.test(run.experiment) || !group.name.test(run.name)) return;
  group.members.add(run.id);
  count(group, run, +1);
  const groups = groupsOfMember.get(run.id);
  if (groups === undefined) groupsOfMember.set(run.id, [group]);
  else groups.push(group);
}

function groupKeys(run: Run): readonly string[] {
  const { dependsOn } = run.definition;
  return dependsOn.length === 0
    ? dependsOn
    : dependsOn.map((selector) => (selector.includes('@') ? selector : `${run.experiment}@${selector}`));
}

function newGroup(key: string): Group {
  const at = key.indexOf('@');
  return {
    experiment: globToRegExp(key.slice(0, at)),
    name: globToRegExp(key.slice(at + 1)),
    members: new Set(),
    dependants: new Set(),
    finished: 0,
    failed: 0,
  };
}

function count(group: Group, run: Run, step: 1 | -1): void {
  if (run.status === 'finished') group.finished += step;
  if (run.status === 'failed' || (run.status === 'inactive' && run.reason === 'dependency-failed')) group.failed += step;
}

/** A selector that names nothing is waited for: its runs may come with the next reload. */
function stateOf(group: Group): DependencyState {
  if (group.failed > 0) return 'failed';
  return group.members.size > 0 && group.finished === group.members.size ? 'met' : 'waiting';
}
