/** Runs actions that share a name one after the other, and others beside each other. */
export class OneAtATime {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** With all names of the action free; names are waited for in one step, so two actions never wait for each other. */
  run<T>(names: readonly string[], action: () => Promise<T>): Promise<T> {
    const before = Promise.allSettled(names.map((name) => this.#tails.get(name)));
    const result = names.length === 0 ? action() : before.then(action);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    for (const name of names) {
      this.#tails.set(name, settled);
      void settled.then(() => {
        if (this.#tails.get(name) === settled) this.#tails.delete(name);
      });
    }
    return result;
  }
}
