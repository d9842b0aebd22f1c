import { AxeBuilder } from '@axe-core/playwright';
import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser, Locator, Page } from 'playwright-core';
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

/** How a screen is reached, and what is there when it is. */
interface Place {
  readonly name: string;
  readonly hash: string;
  readonly shown: (page: Page) => Locator;
  /** What a person opens on it. */
  readonly open?: (page: Page) => Promise<void>;
}

const heading = (name: string) => (page: Page) => page.getByRole('heading', { name });
const press = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click();

const places: readonly Place[] = [
  { name: 'overview', hash: '#/', shown: heading('Experiments') },
  { name: 'a question why', hash: '#/', shown: (page) => page.getByText('the same as juqueue explain'), open: press(/^What next/) },
  {
    name: 'search or jump',
    hash: '#/',
    shown: (page) => page.getByRole('option', { name: /mixed@good/ }),
    open: async (page) => (await page.keyboard.press('Control+k'), await page.getByRole('combobox').fill('good')),
  },
  { name: 'help', hash: '#/', shown: (page) => page.getByRole('dialog', { name: 'Help' }), open: (page) => page.keyboard.press('?') },
  { name: 'runs', hash: '#/runs', shown: (page) => page.getByRole('link', { name: 'mixed@good' }) },
  { name: 'runs, views', hash: '#/runs', shown: (page) => page.getByLabel('Name of the view'), open: press('Views') },
  { name: 'runs, columns', hash: '#/runs', shown: (page) => page.getByRole('checkbox', { name: 'seed' }), open: press('Columns') },
  {
    name: 'runs, a command',
    hash: '#/runs',
    shown: (page) => page.getByRole('dialog', { name: /^Cancel \d/ }).getByRole('table'),
    open: async (page) => (await page.getByRole('checkbox', { name: 'Select all matching runs' }).check(), await page.keyboard.press('x')),
  },
  { name: 'a filter that finds nothing', hash: '#/runs?q=none@*', shown: (page) => page.getByRole('button', { name: 'Show all runs' }) },
  { name: 'a filter that cannot be read', hash: '#/runs?q=stat:failed', shown: (page) => page.getByRole('alert') },
  { name: 'a failed run', hash: '#/run/mixed@bad', shown: heading('Attempts') },
  { name: 'a running run', hash: '#/run/mixed@long1', shown: heading('Attempts') },
  { name: 'a waiting run', hash: '#/run/mixed@waits', shown: heading('Attempts') },
  { name: 'the history of a run', hash: '#/run/mixed@bad?stream=history', shown: (page) => page.getByText('attempt 1 ended: exit 3') },
  { name: 'a script', hash: '#/run/mixed@bad', shown: (page) => page.getByText('#!/bin/bash'), open: press('Reproduce') },
  { name: 'a run that is not there', hash: '#/run/mixed@none', shown: (page) => page.getByRole('alert') },
  { name: 'nodes and bill', hash: '#/nodes', shown: heading('By cluster and experiment') },
  {
    name: 'nodes as a table',
    hash: '#/nodes',
    shown: (page) => page.getByRole('table', { name: 'Nodes in this time' }),
    open: (page) => page.getByText('The same as a table').click(),
  },
  {
    name: 'a check with the site',
    hash: '#/nodes',
    shown: (page) => page.getByText('No cluster has a site to ask'),
    open: press('Check now'),
  },
  { name: 'definitions', hash: '#/definitions', shown: heading('Applied last') },
];

/** Of each of these the title tells it from the others. */
const titled = ['#/', '#/runs', '#/run/mixed@bad', '#/run/mixed@long1', '#/nodes', '#/definitions'];

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

  const cases = (['light', 'dark'] as const).flatMap((theme) => [320, 768, 1280].map((width) => [theme, width] as const));
  test.each(cases)(
    '%s, %i px: nothing serious for axe on any screen, and nothing wider than the window',
    { timeout: 240_000 },
    async (theme: Theme, width) => {
      await using opened = await openPage(browser, manager, '#/', { theme, width });
      const { page } = opened;
      const found: string[] = [];
      let wasOpened = false;
      for (const { name, hash, shown, open } of places) {
        // At a width between the others nothing opens otherwise than at one of them.
        if (open !== undefined && width === 768) continue;
        await page.evaluate((address) => (location.hash = address), hash);
        if (wasOpened || open !== undefined) await page.reload();
        wasOpened = open !== undefined;
        await page.getByRole('main').waitFor();
        if (open !== undefined) {
          await page.getByText('live', { exact: true }).waitFor();
          await open(page);
        }
        await shown(page).first().waitFor();
        const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
        const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        found.push(
          ...grave.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => `${name}: ${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
          ),
        );
        if ((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) > 0)
          found.push(`${name} is wider than the window`);
      }
      expect(found).toEqual([]);
    },
  );

  test('each screen has a title of its own', { timeout: 60_000 }, async () => {
    await using opened = await openPage(browser, manager);
    const titles = new Set<string>();
    for (const hash of titled) {
      await opened.page.goto(`${manager.url}/${hash}`);
      await opened.page.waitForFunction((before) => !before.includes(document.title), [...titles]);
      titles.add(await opened.page.title());
    }
    expect(titles.size).toBe(titled.length);
  });
});
