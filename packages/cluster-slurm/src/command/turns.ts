interface Waiting {
  readonly isUrgent: boolean;
  readonly begin: () => void;
}

/** One command at a time, so that a controller in trouble never has more than one of ours; what changes something goes first. */
export class Turns {
  #waiting: readonly Waiting[] = [];
  #isTaken = false;

  async take<T>(isUrgent: boolean, command: () => Promise<T>): Promise<T> {
    if (this.#isTaken) {
      await new Promise<void>((begin) => {
        this.#waiting = [...this.#waiting, { isUrgent, begin }];
      });
    }
    this.#isTaken = true;
    try {
      return await command();
    } finally {
      const next = this.#waiting.find((waiting) => waiting.isUrgent) ?? this.#waiting[0];
      this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
      if (next === undefined) this.#isTaken = false;
      else next.begin();
    }
  }
}
