import type { JobState } from '../model/job.ts';

/** Jobs that wait for an agent, those with equal needs together: when one of them finds nobody, none of its like does. */
export class WaitingJobs {
  readonly #likes = new Map<string, JobState[]>();
  readonly #ids = new Set<string>();

  get size(): number {
    return this.#ids.size;
  }

  has(job: JobState): boolean {
    return this.#ids.has(job.id);
  }

  add(job: JobState): void {
    if (this.#ids.has(job.id)) return;
    this.#ids.add(job.id);
    const like = likenessOf(job);
    const jobs = this.#likes.get(like) ?? [];
    this.#likes.set(like, jobs);
    jobs.splice(placeOf(jobs, job), 0, job);
  }

  remove(job: JobState): void {
    if (!this.#ids.delete(job.id)) return;
    const like = likenessOf(job);
    const jobs = this.#likes.get(like);
    if (jobs === undefined) return;
    const place = placeOf(jobs, job);
    if (jobs[place]?.id === job.id) jobs.splice(place, 1);
    if (jobs.length === 0) this.#likes.delete(like);
  }

  /** The first of each kind, in the order in which they are offered. */
  heads(): readonly JobState[] {
    return [...this.#likes.values()].flatMap(([first]) => first ?? []).sort(compareJobs);
  }

  nextLike(job: JobState): JobState | null {
    return this.#likes.get(likenessOf(job))?.[0] ?? null;
  }
}

/** Host jobs are a matter of their owner too. */
function likenessOf({ needs, owner }: JobState): string {
  return JSON.stringify([needs.profile, needs.cluster, Object.entries(needs.resources).sort(), needs.profile === 'host' ? owner : null]);
}

/** Higher priority first, then what was launched earlier, then by id. */
function compareJobs(a: JobState, b: JobState): number {
  return b.order.priority - a.order.priority || (a.launchedAtMs ?? 0) - (b.launchedAtMs ?? 0) || (a.id < b.id ? -1 : a.id === b.id ? 0 : 1);
}

/** Where the job stands, or would, in the ordered list. */
function placeOf(jobs: readonly JobState[], job: JobState): number {
  let low = 0;
  let high = jobs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = jobs[middle];
    if (other !== undefined && compareJobs(other, job) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
