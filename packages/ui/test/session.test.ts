import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inBrowser, launch, openPage } from './browser.ts';
import { serveBelow } from './sub-path-proxy.ts';

const { title, skip } = inBrowser('the page and its server');

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  let folder: TestFolder;
  let manager: TestManager;
  beforeAll(async () => {
    browser = await launch();
    folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 2}\n',
      'experiments/one.yaml': 'name: one\nruns: [{id: a, cmd: ["true"], cluster: local}]\n',
    });
    manager = await TestManager.start(folder);
  });
  afterAll(async () => {
    await browser.close();
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('the token leaves the address at once, and neither it nor anything else goes to another host', async () => {
    await using opened = await openPage(browser, manager);
    await opened.page.getByRole('heading', { name: 'Experiments' }).waitFor();
    expect(opened.page.url()).toBe(`${manager.url}/#/`);
    expect(await opened.page.evaluate(() => localStorage.length + document.cookie.length)).toBe(0);
    expect(opened.foreign).toEqual([]);
    expect(opened.faults).toEqual([]);
  });

  test('a reload and a second address keep the token of the tab; another tab has none', async () => {
    await using opened = await openPage(browser, manager);
    await opened.page.goto(`${manager.url}/#/runs?q=one@*`);
    await opened.page.reload();
    await opened.page.getByRole('link', { name: 'a', exact: true }).waitFor();
    const other = await opened.context.newPage();
    await other.goto(`${manager.url}/`);
    await other.getByRole('heading', { name: 'Open JuQueue with its link' }).waitFor();
    await other.getByLabel('or paste the token').fill(`${manager.url}/#token=${manager.token}`);
    await other.getByRole('button', { name: 'Open' }).click();
    await other.getByRole('heading', { name: 'Experiments' }).waitFor();
  });

  test('a token of an earlier start says so, and what to do', async () => {
    await using opened = await openPage(browser, { url: manager.url, token: 'wrong' });
    await opened.page.getByRole('heading', { name: 'This token is not valid any more' }).waitFor();
  });

  test('the policy of the page lets no script or style be written into it', async () => {
    await using opened = await openPage(browser, manager);
    await opened.page.getByRole('heading', { name: 'Experiments' }).waitFor();
    const ran = await opened.page.evaluate(() => {
      const script = document.createElement('script');
      try {
        script.textContent = 'globalThis.wasRun = true';
        document.body.append(script);
      } catch {
        // Trusted types refuse it earlier than the policy of scripts.
      }
      return 'wasRun' in globalThis;
    });
    expect(ran).toBe(false);
  });

  test('works below the sub-path of a proxy', async () => {
    await using proxy = await serveBelow(manager, '/node/n1/51234/');
    await using opened = await openPage(browser, { token: manager.token, url: `${proxy.url}/node/n1/51234` });
    await opened.page.getByRole('heading', { name: 'Experiments' }).waitFor();
    await opened.page.getByText('live', { exact: true }).waitFor();
    expect(opened.faults).toEqual([]);
  });
});
