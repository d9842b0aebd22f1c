import { expect, test } from 'vitest';
import type { JobState } from '../model/job.ts';
import { WaitingJobs } from './waiting-jobs.ts';

function job(id: string, priority: number, launchedAtMs: number, profile = 'image', owner = 'ada'): JobState {
  return {
    id,
    owner,
    order: { priority },
    launchedAtMs,
    needs: { profile, cluster: null, resources: { slots: 1 } },
  } as unknown as JobState;
}

function inOrder(waiting: WaitingJobs, like: JobState): readonly string[] {
  const ids: string[] = [];
  for (let next = waiting.nextLike(like); next !== null; next = waiting.nextLike(like)) {
    ids.push(next.id);
    waiting.remove(next);
  }
  return ids;
}

test('higher priority is first, then what was launched earlier, then the smaller id', () => {
  const waiting = new WaitingJobs();
  const jobs = [job('d', 0, 2), job('c', 0, 1), job('b', 0, 1), job('a', 5, 9)];
  for (const each of jobs) waiting.add(each);
  expect(inOrder(waiting, job('x', 0, 0))).toEqual(['a', 'b', 'c', 'd']);
  expect(waiting.size).toBe(0);
});

test('of jobs with equal needs one is asked for, and host jobs of others are not its like', () => {
  const waiting = new WaitingJobs();
  for (const each of [job('a', 0, 1), job('b', 0, 2), job('c', 0, 3, 'host', 'ada'), job('d', 0, 4, 'host', 'bob')]) waiting.add(each);
  expect(waiting.heads().map(({ id }) => id)).toEqual(['a', 'c', 'd']);
});

test('a job that is added twice waits once, and one that has gone is not missed', () => {
  const waiting = new WaitingJobs();
  waiting.add(job('a', 0, 1));
  waiting.add(job('a', 0, 1));
  expect(waiting.size).toBe(1);
  waiting.remove(job('b', 0, 1));
  waiting.remove(job('a', 0, 1));
  expect([waiting.size, waiting.heads()]).toEqual([0, []]);
});
