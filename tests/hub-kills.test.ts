import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { PatientAgent } from '../packages/hub/test/patient-agent.ts';
import { HubProcess } from '../packages/testkit/src/hub/hub-process.ts';
import { listedIds, quantile, submitLoad } from '../packages/testkit/src/hub/submit-load.ts';

const starting = HubProcess.start();
afterAll(async () => (await starting)[Symbol.asyncDispose]());

const job = { command: { kind: 'argv', argv: ['true'] }, queue: 'kills' };

test(
  'what was answered survives SIGKILL of hub and Redis at every stage of a job, and the job has one result',
  { timeout: 240_000 },
  async () => {
    const hub = await starting;
    const agent = await PatientAgent.register(hub, 'stages');
    const kills: readonly (readonly [string, () => Promise<void>])[] = [
      [
        'the hub',
        async () => {
          await hub.kill();
          await hub.start();
        },
      ],
      ['Redis', () => hub.killRedis()],
    ];
    for (const [what, kill] of kills) {
      const submitted = await hub.ask('POST', '/api/v1/jobs?launch=false', job);
      const id = String(submitted['id']);
      const status = async (): Promise<unknown> => (await hub.ask('GET', `/api/v1/jobs/${id}`))['status'];
      const stages: readonly (readonly [string, string, () => Promise<unknown>])[] = [
        ['submitted', 'created', async () => undefined],
        ['launched', 'queued', () => hub.ask('POST', `/api/v1/jobs/${id}/launch`)],
        ['offered', 'queued', () => agent.offerOf(id)],
        ['claimed', 'claimed', () => agent.claim(id)],
        ['started', 'running', () => agent.report(id, 'started', { run: 'hub@r1', node: null, cluster: null, startedAtMs: 1 })],
        ['logged', 'running', () => agent.log(id, 0, 'hello\n')],
        ['completed', 'finished', () => agent.complete(id)],
      ];
      for (const [stage, expected, act] of stages) {
        await act();
        await kill();
        expect(await status(), `${stage}, then SIGKILL of ${what}`).toBe(expected);
      }
      await agent.complete(id);
      expect(await hub.ask('GET', `/api/v1/jobs/${id}`)).toMatchObject({ attempts: 1, result: { output: { executed: `${id}.1` } } });
      const history = await hub.ask('GET', `/api/v1/jobs/${id}/history`);
      expect((history['events'] as readonly { readonly kind: string }[]).filter(({ kind }) => kind === 'completed')).toHaveLength(1);
    }
  },
);

test(
  'while hub and Redis are killed again and again, each of 60 jobs is executed once and has one result',
  { timeout: 300_000 },
  async () => {
    const hub = await starting;
    const agent = await PatientAgent.register(hub, 'storm');
    const end = new AbortController();
    const working = agent.work(end.signal);
    const submitting = submitLoad({ url: hub.url, key: hub.managerKey, jobs: 60, clients: 6 });
    const killing = (async () => {
      for (let i = 0; i < 6; i += 1) {
        await sleep(400 + 300 * i);
        if (i % 3 === 2) await hub.killRedis();
        else {
          await hub.kill();
          await hub.start();
        }
      }
    })();
    const [{ ids }] = await Promise.all([submitting, killing]);
    expect(new Set(ids).size).toBe(60);
    await expect
      .poll(async () => (await hub.ask('GET', '/api/v1/jobs?queue=load&status=finished&limit=1000'))['jobs'], {
        timeout: 120_000,
        interval: 500,
      })
      .toHaveLength(60);
    end.abort();
    await working;
    for (const id of ids) {
      const history = await hub.ask('GET', `/api/v1/jobs/${id}/history`);
      expect(
        (history['events'] as readonly { readonly kind: string }[])
          .map(({ kind }) => kind)
          .filter((kind) => kind === 'completed' || kind === 'claimed'),
        id,
      ).toEqual(['claimed', 'completed']);
      expect(agent.executions.get(id), id).toBe(1);
    }
  },
);

test('10 000 jobs of 50 clients: none is lost by SIGKILL of the hub, and the answers come in time', { timeout: 400_000 }, async () => {
  const hub = await starting;
  const load = await submitLoad({ url: hub.url, key: hub.managerKey, jobs: 10_000, clients: 50 });
  const p99Ms = quantile(load.tookMs, 0.99);
  console.log(
    `10 000 jobs of 50 clients in ${(load.wholeMs / 1_000).toFixed(1)} s; answers: median ${quantile(load.tookMs, 0.5).toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms (goal 100 ms)`,
  );
  await hub.kill();
  await hub.start();
  const kept = await listedIds(hub.url, hub.managerKey);
  expect(load.ids.filter((id) => !kept.has(id))).toEqual([]);
  expect(new Set(load.ids).size).toBe(10_000);
  expect(p99Ms, 'five times the goal').toBeLessThan(500);
});
