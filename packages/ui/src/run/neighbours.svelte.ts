import { router } from '../routing/router.svelte.ts';
import { formatAddress } from '../routing/address.ts';
import { session } from '../session/session.svelte.ts';

/** The runs before and after one in the list from which it was opened, as addresses. */
export class Neighbours {
  before = $state<string | null>(null);
  after = $state<string | null>(null);

  /** Lives as long as the component that makes it. */
  constructor(id: () => string) {
    // One by one: what else the address says, such as a place in the log, changes nothing here.
    const q = $derived(router.address.query.get('in') ?? '');
    const sort = $derived(router.address.query.get('sort') ?? 'id');
    const place = $derived(Number(router.address.query.get('n') ?? Number.NaN));
    $effect(() => {
      const [run, filter, order, index] = [id(), q, sort, place];
      this.before = null;
      this.after = null;
      if (Number.isSafeInteger(index)) void this.#look(run, filter, order, index);
    });
  }

  async #look(run: string, q: string, sort: string, place: number): Promise<void> {
    const skip = Math.max(0, place - 1);
    try {
      const { runs } = await session.client.call('listRuns', {
        query: { ...(q === '' ? {} : { q }), sort, skip, limit: 3, fields: ['id'] },
      });
      if (router.address.subject !== run) return;
      const index = runs.findIndex((row) => row.id === run);
      // The list has changed so much that its neighbours there are others.
      if (index === -1) return;
      const addressOf = (step: number): string | null => {
        const other = runs[index + step];
        return other === undefined
          ? null
          : formatAddress('run', other.id, { in: q, sort: sort === 'id' ? null : sort, n: String(skip + index + step) });
      };
      [this.before, this.after] = [addressOf(-1), addressOf(1)];
    } catch (error) {
      session.noteError(error);
    }
  }
}
