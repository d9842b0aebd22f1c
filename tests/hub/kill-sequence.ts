import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { hasEnded } from '../../packages/client/src/hub.ts';
import type { Job } from '../../packages/client/src/hub.ts';
import { KilledParts, parts } from './killed-parts.ts';

export interface KillSequence {
  readonly seed: number;
  readonly jobs: number;
  readonly kills: number;
}

/** Numbers from 0 to 1 that follow from the seed. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Submits jobs while parts are killed at random moments, then waits for all of them: each has exactly one result, the right one,
 * and no two executions of a job that came to their end overlapped.
 */
export async function killSequence({ seed, jobs, kills }: KillSequence): Promise<void> {
  const random = dice(seed);
  await using site = await KilledParts.start();
  const marks = join(site.folder.path, 'marks');
  mkdirSync(marks);
  const ids: string[] = [];
  const submitting = (async () => {
    for (let number = 0; number < jobs; number += 1) {
      const line = `b=$(date +%s%3N); sleep ${(random() * 1.5).toFixed(2)}; echo "{\\"number\\": ${number}}" > output.json; echo "$b $(date +%s%3N)" >> '${marks}/'$JUQUEUE_JOB; exit ${number % 10 === 3 ? 7 : 0}`;
      const job = { command: { kind: 'argv', argv: ['sh', '-c', line] }, retries: 50, retryDelayMs: 500, name: String(number) } as const;
      ids.push((await site.client().submit(job, { idempotencyKey: `job-${number}` })).id);
      await sleep(random() * 200);
    }
  })();
  const killed: string[] = [];
  for (let count = 0; count < kills; count += 1) {
    await sleep(500 + random() * 4_000);
    const part = parts[Math.floor(random() * parts.length)] ?? 'agent';
    killed.push(part);
    await site.kill(part, random() * 2_000);
  }
  await submitting;
  const client = site.client();
  const open = new Set(ids);
  for (const untilMs = Date.now() + 240_000; open.size > 0; await sleep(1_000)) {
    for (const id of open) if (hasEnded(await client.job(id))) open.delete(id);
    if (Date.now() > untilMs)
      throw new Error(
        `seed ${seed}: ${open.size} jobs have not ended after ${killed.join(', ')}: ${JSON.stringify(await client.job([...open][0] ?? ''))}`,
      );
  }
  let attempts = 0;
  const troubles = new Map<string, number>();
  for (const [number, id] of ids.entries()) {
    const job: Job = await client.job(id);
    attempts += job.attempts;
    const { events } = await client.call('getJobHistory', { path: { id } });
    for (const { kind, detail } of events) {
      const trouble = kind === 'infrastructure-error' ? (detail ?? kind).replace(/[0-9a-f-]{36}\S*/g, 'a job') : kind;
      if (kind === 'infrastructure-error' || kind === 'lease-lost') troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
    }
    const failed = number % 10 === 3;
    expect([id, job.status, job.result?.exitCode, job.result?.output, events.filter(({ kind }) => kind === 'completed').length]).toEqual([
      id,
      failed ? 'failed' : 'finished',
      failed ? 7 : 0,
      { number },
      1,
    ]);
    const spans = readFileSync(join(marks, id), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .sort(([a = 0], [b = 0]) => a - b);
    for (const [index, [begin = 0]] of spans.entries()) if (index > 0) expect(begin).toBeGreaterThanOrEqual(spans[index - 1]?.[1] ?? 0);
  }
  expect(readdirSync(marks).length).toBe(ids.length);
  console.log(
    `seed ${seed}: ${jobs} jobs, each with one result after ${attempts} attempts; killed: ${killed.join(', ')}; ${[...troubles].map(([trouble, count]) => `${count} × ${trouble}`).join('; ')}`,
  );
}
