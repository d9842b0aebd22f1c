import { readFile, readdir } from 'node:fs/promises';
import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inBrowser, launch, openPage } from './browser.ts';
import { report, tolerance } from './figures.ts';

const { title, skip } = inBrowser('with 100 000 runs');
const assets = new URL('../dist/ui/assets/', import.meta.url);

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  let folder: TestFolder;
  let manager: TestManager;
  beforeAll(async () => {
    browser = await launch();
    folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 4}\n',
      'experiments/sweep.yaml':
        'name: sweep\ndefaults: {cluster: local, checkpoint: none, cmd: ["true"]}\nmatrix: {lr: [0.1, 0.03, 0.01, 0.003, 0.001], optimiser: [adam, sgd], seed: {from: 1, to: 10000}}\nid: "lr{lr}_{optimiser}_s{seed}"\n',
    });
    manager = await TestManager.start(folder);
    // The index takes its time to be filled; people open the page later.
    await manager.json('/api/v1/runs?count=true');
    await manager.json('/api/v1/runs/facets');
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** Milliseconds from the call until the text is shown and painted. */
  async function until(page: Page, act: () => Promise<unknown>, selector: string, text: string): Promise<number> {
    const beganMs = performance.now();
    await act();
    await page.locator(selector, { hasText: text }).first().waitFor();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    return performance.now() - beganMs;
  }

  test('the list is there soon, and every answer to a click too', { timeout: 180_000 }, async () => {
    await using opened = await openPage(browser, manager, '#/');
    const { page } = opened;
    await page.getByText('100\u202f000').first().waitFor();
    const payloads: number[] = [];
    page.on('response', (response) => {
      if (/\/api\/v1\/runs\?/.test(response.url()))
        response.body().then(
          (body) => payloads.push(body.length),
          () => undefined,
        );
    });

    const measured = [
      [
        'the list of runs from the overview',
        1_500,
        await until(page, () => page.getByRole('link', { name: 'Runs', exact: true }).click(), 'tr[data-index="0"]', 'lr0.001_adam_s1'),
      ],
      [
        'a filter',
        300,
        await until(
          page,
          () => page.getByRole('region', { name: 'Parameter lr' }).getByRole('button', { name: '0.1', exact: false }).first().click(),
          'header',
          'match',
        ),
      ],
      [
        'sorting by a parameter',
        300,
        await until(page, () => page.getByRole('button', { name: 'seed' }).first().click(), 'th[aria-sort="ascending"]', 'seed'),
      ],
      [
        'selecting all that match',
        200,
        await until(page, () => page.getByRole('checkbox', { name: 'Select all matching runs' }).click(), '.chosen', 'selected'),
      ],
      [
        'the far end of a list in another order',
        500,
        await until(
          page,
          () => page.locator('.scroller').evaluate((element) => element.scrollTo(0, element.scrollHeight)),
          'tr[data-index="19999"]',
          'lr0.1_',
        ),
      ],
    ] as const;
    for (const [what, goal, ms] of measured) report(what, ms, goal, 'ms');
    let asked = 0;
    page.on('request', (request) => (asked += /\/api\/v1\/runs\?/.test(request.url()) ? 1 : 0));
    await page.locator('.scroller').evaluate(async (element) => {
      for (let step = 100; step >= 0; step -= 1) {
        element.scrollTo(0, (element.scrollHeight * step) / 100);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
    await page.locator('tr[data-index="0"] a').waitFor();
    const flownBy = asked;
    const domNodes = await page.evaluate(() => document.querySelectorAll('*').length);
    const rows = await page.locator('tbody tr').count();
    report('requests while 200 pages fly by', flownBy, 100, 'requests');
    report('elements', domNodes, 1_500, 'elements');
    report('rows in the document', rows, 60, 'rows');
    report('largest page of the list', Math.max(...payloads), 40_000, 'bytes');

    for (const [what, goal, ms] of measured) expect(ms, what).toBeLessThanOrEqual(goal * tolerance);
    expect(flownBy).toBeLessThanOrEqual(100);
    expect(domNodes).toBeLessThanOrEqual(1_500);
    expect(rows).toBeLessThanOrEqual(60);
    expect(Math.max(...payloads)).toBeLessThanOrEqual(40_000);
    expect(opened.faults).toEqual([]);
  });

  test('the overview is one small answer', async () => {
    const bytes = JSON.stringify(await manager.json('/api/v1/overview')).length;
    report('overview', bytes, 20_000, 'bytes');
    expect(bytes).toBeLessThanOrEqual(20_000);
  });

  /** How late the event loop of the manager was since it was asked last, 99 of 100 times. */
  async function loopDelayMs(): Promise<number> {
    const text = await (await manager.request('/metrics')).text();
    return 1_000 * Number(/^juqueue_event_loop_delay_seconds\{quantile="0\.99"\} (\S+)$/m.exec(text)?.[1] ?? Number.NaN);
  }

  test('five open pages leave the manager its time', { timeout: 240_000 }, async () => {
    const pages = await Promise.all(Array.from({ length: 5 }, (_, index) => openPage(browser, manager, index % 2 === 0 ? '#/runs' : '#/')));
    try {
      await Promise.all(pages.map(({ page }) => page.getByText('live', { exact: true }).waitFor()));
      const delaysMs: number[] = [];
      for (let asked = 0; asked < 20; asked += 1) {
        const beganMs = performance.now();
        await manager.json('/api/v1/health');
        delaysMs.push(performance.now() - beganMs);
      }
      await loopDelayMs();
      const roundsMs: number[] = [];
      for (const q of ['', 'where:"lr=0.1"', 'sweep@*_s1*']) {
        for (const [index, { page }] of pages.entries())
          await page.evaluate(
            (hash) => (location.hash = hash),
            index % 2 === 0 ? `#/runs?q=${encodeURIComponent(q)}&sort=-parameters.seed` : '#/nodes',
          );
        await Promise.all(
          pages.filter((_, index) => index % 2 === 0).map(({ page }) => page.locator('tr[data-index="0"] a').waitFor({ timeout: 60_000 })),
        );
        await Promise.all(
          pages
            .filter((_, index) => index % 2 === 0)
            .map(({ page }) => page.locator('.scroller').evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))),
        );
        await pages[0]?.page.waitForTimeout(500);
        roundsMs.push(await loopDelayMs());
      }
      // Others use this machine too; what the manager itself costs is there in every round.
      const loopMs = Math.min(...roundsMs);
      report(
        'how late the event loop of the manager is while five pages filter and scroll, 99 of 100, the best of three rounds',
        loopMs,
        50,
        'ms',
      );
      expect(loopMs).toBeLessThanOrEqual(50 * tolerance);
      const slowest = delaysMs.sort((a, b) => a - b)[18] ?? 0;
      report('an answer of the manager beside five pages, 95 of 100', slowest, 50, 'ms');
      expect(slowest).toBeLessThanOrEqual(50 * tolerance);
    } finally {
      for (const opened of pages) await opened[Symbol.asyncDispose]();
    }
  });

  test('what a browser loads first is small', async () => {
    const files = (await readdir(assets)).filter((file) => !file.startsWith('hub-'));
    const sizeOf = async (ending: string): Promise<number> =>
      (
        await Promise.all(files.filter((file) => file.endsWith(ending)).map(async (file) => (await readFile(new URL(file, assets))).length))
      ).reduce((sum, size) => sum + size, 0);
    const [script, style] = [await sizeOf('.js.gz'), await sizeOf('.css.gz')];
    report('script, zipped', script, 110_000, 'bytes');
    report('style, zipped', style, 20_000, 'bytes');
    expect(script).toBeLessThanOrEqual(110_000);
    expect(style).toBeLessThanOrEqual(20_000);
  });
});
