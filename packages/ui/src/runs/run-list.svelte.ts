import type { Operations, Run } from '@juqueue/client';
import { runsTopic } from '../session/live-frame.ts';
import type { LiveFrame } from '../session/live-frame.ts';
import { session } from '../session/session.svelte.ts';
import { areCovered, haveSameOrder, isLasting, pageRows, pagesCovering, patched, withNeighbours } from './list-window.ts';

type ListQuery = NonNullable<Operations['listRuns']['input']['query']>;

/** What is listed, and in which order. */
export interface ListQuestion {
  readonly q: string;
  readonly sort: string;
  readonly fields: readonly string[];
}

const noQuestion: ListQuestion = { q: '', sort: 'id', fields: [] };

/** Requests for rows at a time: the server answers one after the other, and what is passed by is not waited for. */
const mostRequests = 2;
/** Pages that are far from what is seen are forgotten beyond this many. */
const keptPages = 12;
/** The least time between two looks at rows that are already shown. */
const restMs = 1_000;

/**
 * The rows of a list of any length, of which only what is looked at is loaded. Rows keep their places while somebody looks:
 * news change their values at once, and what would move them waits as `hasMoved` until it is taken.
 */
export class RunList {
  total = $state<number | null>(null);
  error = $state.raw<unknown>(null);
  hasMoved = $state(false);
  isLoading = $state(false);
  #pages = $state.raw<ReadonlyMap<number, readonly Run[]>>(new Map());

  #question = $state.raw<ListQuestion | null>(null);
  #number = 0;
  #seen: readonly number[] = [0];
  readonly #asked = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** Lives as long as the component that makes it. `mayMove` says whether rows may change places without a word. */
  constructor(mayMove: () => boolean) {
    $effect(() => {
      const topic = runsTopic(this.#question?.q ?? '');
      return session.follow([topic], (frame) => {
        if (this.#hasMoved(topic, frame)) this.#lookSoon(mayMove);
      });
    });
    $effect(() => {
      return () => {
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#number += 1;
      };
    });
  }

  row(index: number): Run | null {
    return this.#pages.get(Math.floor(index / pageRows))?.[index % pageRows] ?? null;
  }

  /** Lists something else, from its start. The rows of before stay until the first new ones are there; fewer fields of the same are there already. */
  ask(question: ListQuestion): void {
    const before = this.#question;
    this.#question = question;
    if (before === null || before.q !== question.q || before.sort !== question.sort || !areCovered(question.fields, before.fields))
      void this.#readAnew([0]);
  }

  /** Says which rows are seen; what of them is missing is asked for, then what is next to them. */
  show(first: number, last: number): void {
    this.#seen = pagesCovering(first, last);
    this.#readMissing();
  }

  /** Pages that flew by while somebody dragged are no longer seen, and are not asked for. */
  #readMissing(): void {
    const lastPage = Math.floor(((this.total ?? 0) - 1) / pageRows);
    for (const page of withNeighbours(this.#seen, lastPage)) {
      if (this.#asked.size >= mostRequests) return;
      if (!this.#pages.has(page) && !this.#asked.has(page)) void this.#readPage(page);
    }
  }

  /** Takes the order as it is now. */
  async takeNews(): Promise<void> {
    await this.#readAnew(this.#seen);
  }

  /** The runs between two places, as far as they are loaded. */
  between(a: number, b: number): readonly Run[] {
    const [from, to] = a < b ? [a, b] : [b, a];
    return Array.from({ length: to - from + 1 }, (_, index) => this.row(from + index)).filter((run) => run !== null);
  }

  async #readAnew(pages: readonly number[]): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    this.#asked.clear();
    this.isLoading = true;
    try {
      const answers = await Promise.all(pages.map(async (page) => [page, await this.#fetch(page, page === pages[0])] as const));
      if (number !== this.#number) return;
      this.#pages = new Map(answers.map(([page, { rows }]) => [page, rows]));
      this.total = answers[0]?.[1].total ?? this.total;
      this.error = null;
      this.hasMoved = false;
      this.#lookedAtMs = performance.now();
    } catch (error) {
      if (number !== this.#number) return;
      this.error = error;
      session.noteError(error);
    }
    this.isLoading = false;
  }

  async #readPage(page: number): Promise<void> {
    const number = this.#number;
    this.#asked.add(page);
    try {
      const { rows } = await this.#fetch(page, false);
      if (number !== this.#number) return;
      this.#pages = new Map([...this.#pages, [page, rows] as const].slice(-keptPages));
    } catch (error) {
      if (number === this.#number) this.error = error;
      session.noteError(error);
    } finally {
      if (number === this.#number) {
        this.#asked.delete(page);
        if (this.error === null) this.#readMissing();
      }
    }
  }

  /** Takes the new values of rows that are shown. Answers whether rows may have come, gone or changed places. */
  #hasMoved(topic: string, frame: LiveFrame | null): boolean {
    const news = frame?.runs?.[topic];
    if (news === undefined || news.isStale) return true;
    const { rows, gone } = news;
    if (rows.length > 0) this.#pages = new Map([...this.#pages].map(([page, shown]) => [page, patched(shown, rows)]));
    const { q, sort } = this.#question ?? noQuestion;
    return gone.length > 0 || !isLasting(q, sort) || rows.some(({ createdAtMs, changedAtMs }) => createdAtMs === changedAtMs);
  }

  #lookSoon(mayMove: () => boolean): void {
    if (this.#timer !== null || document.visibilityState === 'hidden') return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        void this.#look(mayMove);
      },
      Math.max(0, this.#lookedAtMs + restMs - performance.now()),
    );
  }

  /** Looks again at the pages that are seen. */
  async #look(mayMove: () => boolean): Promise<void> {
    const number = this.#number;
    const seen = this.#seen.filter((page) => this.#pages.has(page));
    if (seen.length === 0) return;
    this.#lookedAtMs = performance.now();
    try {
      const answers = await Promise.all(seen.map(async (page) => [page, await this.#fetch(page, page === seen[0])] as const));
      if (number !== this.#number) return;
      const total = answers[0]?.[1].total ?? this.total;
      const hasMoved = total !== this.total || answers.some(([page, { rows }]) => !haveSameOrder(rows, this.#pages.get(page) ?? []));
      const isTaken = !hasMoved || mayMove();
      const fresh = answers.flatMap(([, { rows }]) => rows);
      const changed = answers.map(([page, { rows }]) => [page, isTaken ? rows : patched(this.#pages.get(page) ?? [], fresh)] as const);
      this.#pages = new Map([...this.#pages, ...changed]);
      if (isTaken) this.total = total;
      this.hasMoved = !isTaken;
      this.error = null;
    } catch (error) {
      if (number === this.#number) this.error = error;
      session.noteError(error);
    }
  }

  /** One page, in as many requests as its rows need: a small page may hold fewer rows than asked for. */
  async #fetch(page: number, isCounted: boolean): Promise<{ readonly rows: readonly Run[]; readonly total: number | null }> {
    const question = this.#question ?? noQuestion;
    const rows: Run[] = [];
    let total: number | null = null;
    while (rows.length < pageRows) {
      const query: ListQuery = {
        ...(question.q === '' ? {} : { q: question.q }),
        sort: question.sort,
        fields: question.fields,
        limit: pageRows - rows.length,
        skip: page * pageRows + rows.length,
        ...(isCounted && total === null ? { count: true } : {}),
      };
      const answer = await session.client.call('listRuns', { query });
      total ??= answer.total;
      rows.push(...answer.runs);
      if (answer.nextCursor === null || answer.runs.length === 0) break;
    }
    return { rows, total };
  }
}
