import { router } from '../routing/router.svelte.ts';
import { formatAddress } from '../routing/address.ts';
import { session } from '../session/session.svelte.ts';

/** The runs before and after one in the list from which it was opened, as addresses. */
export class Neighbours {
  before = $state<string | null>(null);
  after = $state<string | null>(null);

  /** Lives as long as the component that makes it. */
  constructor(id: () => string) {
    $effect(() => {
      const run = id();
      const { query } = router.address;
      const [q, sort, place] = [query.get('in') ?? '', query.get('sort') ?? 'id', Number(query.get('n') ?? Number.NaN)];
      this.before = null;
      this.after = null;
      if (Number.isSafeInteger(place)) void this.#look(run, q, sort, place);
    });
  }

  async #look(run: string, q: string, sort: string, place: number): Promise<void> {
    const skip = Math.max(0, place - 1);
    try {
      const { runs } = await session.client.call('listRuns', { query: { ...(q === '' ? {} : { q }), sort, skip, limit: 3, fields: ['id'] } });
      const index = runs.findIndex((row) => row.id === run);
      // The list has changed so much that its neighbours there are others.
      if (index === -1) return;
      const addressOf = (step: number): string | null => {
        const other = runs[index + step];
        return other === undefined ? null : formatAddress('run', other.id, { in: q, sort: sort === 'id' ? null : sort, n: String(skip + index + step) });
      };
      [this.before, this.after] = [addressOf(-1), addressOf(1)];
    } catch (error) {
      session.noteError(error);
    }
  }
}
