import { AxeBuilder } from '@axe-core/playwright';
import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inBrowser, launch, openPage } from './browser.ts';
import type { Theme } from './browser.ts';

const { title, skip } = inBrowser('every screen, for everybody');

/** What there is to see on each screen: runs of every status, nodes, a problem in a file. */
const definitions = {
  'clusters.yaml': 'local: {type: local, num_slots: 2, max_jobs: 2}\n',
  'experiments/mixed.yaml': [
    'name: mixed',
    'autostart: true',
    'defaults: {cluster: local, checkpoint: none}',
    'runs:',
    '  - {id: good, cmd: [sh, -c, "printf \'\\\\033[32mgood\\\\033[0m\\\\n\'"], parameters: {lr: 0.1, seed: 1}}',
    '  - {id: bad, cmd: [sh, -c, "echo RuntimeError: broken >&2; exit 3"], parameters: {lr: 0.2, seed: 2}}',
    '  - {id: long1, cmd: [sh, -c, "sleep 600"], parameters: {lr: 0.1, seed: 3}}',
    '  - {id: long2, cmd: [sh, -c, "sleep 600"], parameters: {lr: 0.2, seed: 4}}',
    '  - {id: long3, cmd: [sh, -c, "sleep 600"], parameters: {lr: 0.1, seed: 5}}',
    '  - {id: long4, cmd: [sh, -c, "sleep 600"], parameters: {lr: 0.1, seed: 6}}',
    '  - {id: waits, cmd: [sh, -c, "sleep 600"], parameters: {lr: 0.3, seed: 7}}',
    '',
  ].join('\n'),
  'experiments/idle.yaml': 'name: idle\nruns: [{id: a, cmd: ["true"], cluster: local}]\n',
  'experiments/broken.yaml': 'name: broken\nrns: []\n',
};

const screens = [
  ['overview', '#/', 'heading', 'Experiments'],
  ['runs', '#/runs', 'link', 'mixed@good'],
  ['a failed run', '#/run/mixed@bad', 'heading', 'Attempts'],
  ['a running run', '#/run/mixed@long1', 'heading', 'Attempts'],
  ['nodes and bill', '#/nodes', 'heading', 'By cluster and experiment'],
  ['definitions', '#/definitions', 'heading', 'Applied last'],
  ['a filter that finds nothing', '#/runs?q=none@*', 'button', 'Show all runs'],
  ['a filter that cannot be read', '#/runs?q=stat:failed', 'alert', ''],
] as const;

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  let folder: TestFolder;
  let manager: TestManager;
  beforeAll(async () => {
    browser = await launch();
    folder = new TestFolder(definitions);
    manager = await TestManager.start(folder);
  });
  afterAll(async () => {
    await browser.close();
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const cases = (['light', 'dark'] as const).flatMap((theme) => [320, 1280].map((width) => [theme, width] as const));
  test.each(cases)('%s, %i px: nothing serious for axe on any screen, and nothing wider than the window', { timeout: 120_000 }, async (theme: Theme, width) => {
    await using opened = await openPage(browser, manager, '#/', { theme, width });
    const { page } = opened;
    const found: string[] = [];
    for (const [name, hash, role, text] of screens) {
      await page.goto(`${manager.url}/${hash}`);
      await (text === '' ? page.getByRole(role) : page.getByRole(role, { name: text })).first().waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      found.push(...grave.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${name}: ${id}: ${target.join(' ')}: ${failureSummary ?? ''}`)));
      if ((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) > 0) found.push(`${name} is wider than the window`);
    }
    expect(found).toEqual([]);
  });

  test('each screen has a title of its own', { timeout: 60_000 }, async () => {
    await using opened = await openPage(browser, manager);
    const titles = new Set<string>();
    for (const [, hash] of screens.slice(0, 6)) {
      await opened.page.goto(`${manager.url}/${hash}`);
      await opened.page.waitForFunction((before) => !before.includes(document.title), [...titles]);
      titles.add(await opened.page.title());
    }
    expect(titles.size).toBe(6);
  });
});
