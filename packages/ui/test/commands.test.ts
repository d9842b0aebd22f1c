import { readFile } from 'node:fs/promises';
import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inBrowser, launch, openPage } from './browser.ts';
import type { OpenedPage } from './browser.ts';

const { title, skip } = inBrowser('what people do with many runs');

interface Listed {
  readonly total: number;
  readonly runs: readonly { readonly id: string; readonly reason: string; readonly priority: number }[];
}

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  let folder: TestFolder;
  let manager: TestManager;
  let opened: OpenedPage;
  let page: Page;
  beforeAll(async () => {
    browser = await launch();
    // No node: what waits stays as it is.
    folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 2, max_jobs: 0}\n',
      'experiments/sweep.yaml':
        'name: sweep\nautostart: true\ndefaults: {cluster: local, checkpoint: none, cmd: ["true"]}\nmatrix: {lr: [0.1, 0.01], seed: {from: 1, to: 10}}\nid: "lr{lr}_s{seed}"\n',
    });
    manager = await TestManager.start(folder);
  });
  afterAll(async () => {
    await browser.close();
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  beforeEach(async () => {
    opened = await openPage(browser, manager, '#/runs?q=where:"lr=0.1"');
    page = opened.page;
    await page.getByText('10 runs match').waitFor();
    return async () => {
      expect(opened.faults).toEqual([]);
      await opened[Symbol.asyncDispose]();
    };
  });

  const count = async (q: string): Promise<number> =>
    (await manager.json<Listed>(`/api/v1/runs?q=${encodeURIComponent(q)}&count=true`)).total;
  const bar = () => page.getByRole('region', { name: 'Runs', exact: true });

  async function command(name: string, confirm: string): Promise<void> {
    await page.getByRole('checkbox', { name: 'Select all matching runs' }).check();
    await bar().getByRole('button', { name, exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: confirm }).click();
  }

  test('they hold what matches and release it again; the others are not concerned', async () => {
    await command('Hold', 'Hold 10');
    await page.getByText('10 runs held.').waitFor();
    expect(await count('reason:held')).toBe(10);
    await page.getByRole('row', { name: /lr0.1_s1 .*held/ }).waitFor();
    await command('Release', 'Release 10');
    await page.getByText('10 runs released.').waitFor();
    expect(await count('reason:held')).toBe(0);
  });

  test('they select all that match, except two', async () => {
    await page.getByRole('checkbox', { name: 'Select all matching runs' }).check();
    await page.getByRole('checkbox', { name: 'Select sweep@lr0.1_s1', exact: true }).uncheck();
    await page.getByRole('checkbox', { name: 'Select sweep@lr0.1_s2', exact: true }).uncheck();
    await page.getByText('8 selected, all that match except 2').waitFor();
    await bar().getByRole('button', { name: 'Hold', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hold 8' }).click();
    await page.getByText('8 runs held.').waitFor();
    expect(await count('reason:held')).toBe(8);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Undone for 8 runs.').waitFor();
  });

  test('they give what matches a priority, and undo it', async () => {
    const priorities = async () =>
      (await manager.json<Listed>('/api/v1/runs?fields=priority&limit=100')).runs.filter(({ priority }) => priority === 7).length;
    await page.getByRole('checkbox', { name: 'Select all matching runs' }).check();
    await bar().getByRole('button', { name: 'Priority' }).click();
    await page.getByRole('spinbutton', { name: /Priority/ }).fill('7');
    await page.getByRole('dialog').getByRole('button', { name: 'Set for 10' }).click();
    await page.getByText('10 runs given another priority.').waitFor();
    expect(await priorities()).toBe(10);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Undone for 10 runs.').waitFor();
    expect(await priorities()).toBe(0);
  });

  test('they undo a cancel of everything that matches', async () => {
    await command('Cancel', 'Cancel 10');
    await page.getByText('10 runs cancelled.').waitFor();
    expect(await count('state:inactive')).toBe(10);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Undone for 10 runs.').waitFor();
    expect(await count('state:ready')).toBe(20);
  });

  test('they save what matches as a file with a column for each parameter', async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
    expect(download.suggestedFilename()).toBe('runs.csv');
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    expect(lines[0]).toContain('parameters.lr,parameters.seed');
    expect(lines).toHaveLength(11);
  });

  test('they give this list a name, find it again after a reload, and forget it', async () => {
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByLabel('Name of the view').fill('large steps');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto(`${manager.url}/#/runs`);
    await page.reload();
    await page.getByText('20 runs', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('link', { name: 'large steps' }).click();
    await page.getByText('10 runs match').waitFor();
    await page.getByRole('button', { name: 'View: large steps' }).click();
    await page.getByRole('button', { name: 'Forget the view large steps' }).click();
    await page.getByText('This browser keeps it.').waitFor();
  });

  test('they choose columns, which the address keeps', async () => {
    await page.getByRole('columnheader', { name: 'seed' }).waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'seed' }).uncheck();
    await page.getByRole('columnheader', { name: 'seed' }).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('columnheader', { name: 'lr' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'seed' }).count()).toBe(0);
  });

  test('by the keyboard alone they walk through the list, select, hold, and open a run', async () => {
    await page.keyboard.press('j');
    await page.keyboard.press('e');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('h');
    const dialog = page.getByRole('dialog', { name: 'Hold 1 run' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('k');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'lr0.1_s10' }).waitFor();
    await page.getByRole('link', { name: 'Next run of the list' }).waitFor();
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'lr0.1_s2' }).waitFor();
    await page.keyboard.press('u');
    await page.getByText('10 runs match').waitFor();
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Filter runs');
  });
});
