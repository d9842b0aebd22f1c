import { session } from '../session/session.svelte.ts';

/** One line of what happened, newest first. */
export interface ActivityLine {
  readonly key: number;
  readonly atMs: number;
  readonly kind: string;
  readonly sentence: string;
  readonly run: string | null;
}

/** As many as stand beside the experiments; older ones are in the journal. */
const keptLines = 30;

/** Frames carry no time; the clocks of browser and server may differ by this much. */
const twiceWithinMs = 5_000;

/** Reports of every run every few seconds say nothing to a person. */
const silentKinds = new Set(['run-observed', 'run-placed', 'node-deadline-changed', 'allocation-submitted']);

export class Activity {
  lines = $state.raw<readonly ActivityLine[]>([]);
  #next = 0;

  /** Begins with what happened before `seq`. Lives as long as the component that makes it. */
  constructor(seq: number) {
    $effect(() => {
      void this.#readNewest(seq);
      return session.follow(['events'], (frame) =>
        this.#add((frame?.events?.events ?? []).map((event) => ({ ...event, atMs: Date.now() }))),
      );
    });
  }

  async #readNewest(seq: number): Promise<void> {
    try {
      const { events } = await session.client.call('listEvents', {
        query: { since: Math.max(0, seq - 4 * keptLines), limit: 4 * keptLines },
      });
      this.lines = [];
      this.#add(events);
    } catch (error) {
      session.noteError(error);
    }
  }

  #add(events: readonly Omit<ActivityLine, 'key'>[]): void {
    const told = events.filter((event) => !silentKinds.has(event.kind) && !this.#isShown(event)).slice(-keptLines);
    if (told.length === 0) return;
    const lines = told.map(({ atMs, kind, sentence, run }) => ({ key: (this.#next += 1), atMs, kind, sentence, run }));
    this.lines = [...lines.reverse(), ...this.lines].slice(0, keptLines);
  }

  /** What happens while the newest events are read comes twice: read, and as a frame. */
  #isShown({ sentence, atMs }: Omit<ActivityLine, 'key'>): boolean {
    return this.lines.some((line) => line.sentence === sentence && Math.abs(line.atMs - atMs) < twiceWithinMs);
  }
}
