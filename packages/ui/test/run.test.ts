import { readFile } from 'node:fs/promises';
import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inBrowser, launch, openPage } from './browser.ts';
import type { OpenedPage } from './browser.ts';

const { title, skip } = inBrowser('one run');

/** Works for two seconds, so that its processes are looked at, and fails at the first attempt where it is told to. */
const work =
  'echo "attempt $JUQUEUE_ATTEMPT works"; i=0; while [ $i -lt 20 ]; do i=$((i+1)); sleep 0.1; done; test "$1" = good || test $JUQUEUE_ATTEMPT -gt 1 || { echo "ValueError: no data" >&2; exit 3; }';

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  let folder: TestFolder;
  let manager: TestManager;
  let opened: OpenedPage;
  let page: Page;
  beforeAll(async () => {
    browser = await launch();
    folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 4, max_jobs: 1}\n',
      'experiments/e.yaml': `name: e\nautostart: true\ndefaults: {cluster: local, checkpoint: none}\nruns:\n  - {id: good, cmd: [sh, -c, ${JSON.stringify(work)}, sh, good], parameters: {lr: 0.1, seed: 1}}\n  - {id: bad, cmd: [sh, -c, ${JSON.stringify(work)}, sh, bad], parameters: {lr: 0.1, seed: 2}, executor: {env: {DATA: /none}}}\n  - {id: again, cmd: [sh, -c, ${JSON.stringify(work)}, sh, bad], retries: 1, retry_delay: 0s, parameters: {lr: 0.2, seed: 3}}\n`,
    });
    manager = await TestManager.start(folder);
    await manager.until<{ readonly runs: { readonly finished: number; readonly failed: number } }>(
      '/api/v1/overview',
      ({ runs }) => runs.finished === 2 && runs.failed === 1,
      60_000,
    );
  });
  afterAll(async () => {
    await browser.close();
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  beforeEach(async () => {
    opened = await openPage(browser, manager, '#/runs');
    page = opened.page;
    return async () => {
      expect(opened.faults).toEqual([]);
      await opened[Symbol.asyncDispose]();
    };
  });

  test('stands beside the finished run that is most like it, and says what else differs', async () => {
    await page.goto(`${manager.url}/#/run/e@bad`);
    const compared = page.getByRole('region', { name: 'Parameters' });
    await compared.getByRole('link', { name: 'good' }).waitFor();
    await compared.getByRole('row', { name: 'seed 2 1' }).waitFor();
    await compared.getByRole('row', { name: /executor.env.DATA \/none –/ }).waitFor();
  });

  test('can be done by hand with the script that is shown and saved', async () => {
    await page.goto(`${manager.url}/#/run/e@bad`);
    await page.getByRole('button', { name: 'Reproduce' }).click();
    await page.getByText('export DATA=/none').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('e@bad.sh');
    expect(await readFile(await download.path(), 'utf8')).toMatch(/^#!\/bin\/bash\n# e@bad, attempt 1/);
  });

  test('shows its life as a strip, each attempt with its usage and the place of its log', async () => {
    await page.goto(`${manager.url}/#/run/e@again`);
    const life = page.getByRole('list', { name: 'Timeline of the run' });
    await life.getByRole('button', { name: /attempt 2: exit 0/ }).waitFor();
    await life.getByRole('button', { name: /attempt 1: exit 3/ }).click();
    await page.getByText('attempt 1', { exact: true }).waitFor();
    expect(page.url()).toContain('attempt=1');
    await page
      .getByRole('region', { name: 'Usage' })
      .getByText(/at most|It ended before/)
      .first()
      .waitFor();
    await page.getByText('attempt 1 works').waitFor();
  });

  test('says what JuQueue did with it', async () => {
    await page.goto(`${manager.url}/#/run/e@again`);
    await page.getByRole('button', { name: 'history' }).click();
    const history = page.getByRole('region', { name: 'History' });
    await history.getByText('attempt 1 ended: exit 3').waitFor();
    await history.getByText('attempt 2 ended: exit 0').waitFor();
  });

  test('changes as it goes on, without a reload', async () => {
    await page.goto(`${manager.url}/#/run/e@bad`);
    await page
      .getByRole('main')
      .getByText(/failed\s*exit 3/)
      .first()
      .waitFor();
    await manager.request('/api/v1/runs:resume', { method: 'POST', body: JSON.stringify({ selector: { q: 'e@bad' } }) });
    await page.getByText('attempt 2', { exact: true }).waitFor({ timeout: 30_000 });
    await page.getByRole('main').getByText('finished').first().waitFor({ timeout: 30_000 });
  });
});
