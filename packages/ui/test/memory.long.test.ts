import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inBrowser, launch } from './browser.ts';
import { report } from './figures.ts';

const { title, skip } = inBrowser('a tab that stays open, with 100 000 runs');

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  let folder: TestFolder;
  let manager: TestManager;
  beforeAll(async () => {
    browser = await launch();
    folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 2, max_jobs: 1}\n',
      'experiments/writes.yaml':
        'name: writes\nautostart: true\ndefaults: {cluster: local, checkpoint: none}\nruns: [{id: ticks, cmd: [sh, -c, "while sleep 0.2; do date +tick-%s%3N; done"]}]\n',
      'experiments/sweep.yaml':
        'name: sweep\ndefaults: {cluster: local, checkpoint: none, cmd: ["true"]}\nmatrix: {lr: [0.1, 0.03, 0.01, 0.003, 0.001], optimiser: [adam, sgd], seed: {from: 1, to: 10000}}\nid: "lr{lr}_{optimiser}_s{seed}"\n',
    });
    manager = await TestManager.start(folder);
    await manager.json('/api/v1/runs/facets');
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function heapMegabytes(session: CDPSession): Promise<number> {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1_000_000;
  }

  test('eight hours of news and of walking around leave the memory of a tab flat', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const feeds: ((text: string) => void)[] = [];
    await page.routeWebSocket(/\/api\/v1\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => socket.send(message));
      feeds.push((text) => socket.send(text));
    });
    await page.goto(`${manager.url}/#token=${manager.token}`);
    await page.getByRole('heading', { name: 'Experiments' }).waitFor();
    const session = await context.newCDPSession(page);

    /** A frame as a busy manager sends it once a second for eight hours: 28 800 of them in all rounds together. */
    const rounds = 12;
    const framesPerRound = 2_400;
    const { runs: rows } = await manager.json<{ runs: readonly { readonly id: string }[] }>('/api/v1/runs?limit=40');
    let seq = 1_000_000;
    const figures: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const [hash, selector] of [
        ['#/runs', 'tr[data-index="0"] a'],
        ['#/run/writes@ticks', '.line'],
        ['#/nodes', 'canvas'],
        ['#/definitions', 'h1'],
        ['#/', '.strip .big'],
      ] as const) {
        await page.goto(`${manager.url}/${hash}`);
        await page.locator(selector).first().waitFor();
        if (hash === '#/runs')
          for (const share of [0.3, 0.7, 1])
            await page.locator('.scroller').evaluate((element, part) => element.scrollTo(0, element.scrollHeight * part), share);
        for (let frame = 0; frame < framesPerRound / 5; frame += 1) {
          seq += 1;
          const events = [
            {
              kind: 'run-ended',
              sentence: `sweep@r${seq} attempt 1 ended: exit 0`,
              run: `sweep@r${seq}`,
              attempt: 1,
              experiment: null,
              node: null,
              slots: null,
            },
          ];
          for (const feed of feeds.slice(-1))
            feed(
              JSON.stringify({ kind: 'frame', seq, events: { events, omitted: 0 }, runs: { 'runs:': { isStale: false, rows, gone: [] } } }),
            );
        }
      }
      figures.push(await heapMegabytes(session));
    }
    process.stdout.write(`heap after each round: ${figures.map((figure) => figure.toFixed(1)).join(' ')} MB\n`);
    report('memory of a tab after eight hours', figures.at(-1) ?? 0, 150, 'MB');
    const early = Math.max(...figures.slice(2, 5));
    expect(figures.at(-1)).toBeLessThanOrEqual(150);
    expect(figures.at(-1), 'flat').toBeLessThanOrEqual(early * 1.15 + 2);
    await context.close();
  });
});
