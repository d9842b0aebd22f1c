import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { goodResult, pull, TestHub } from '../packages/hub/test/test-hub.ts';
import type { Ask } from '../packages/hub/test/test-hub.ts';
import { inBrowser, launch, openPage } from '../packages/ui/test/browser.ts';
import type { OpenedPage, Theme } from '../packages/ui/test/browser.ts';

const { title, skip } = inBrowser('the page of a hub');

describe.skipIf(skip)(title, { timeout: 120_000 }, () => {
  let browser: Browser;
  let hub: TestHub;
  let agent: Ask;
  let key: string;
  beforeAll(async () => {
    browser = await launch();
    hub = await TestHub.start();
    agent = await hub.agent('juwels', ['image', 'host', 'fold:v2/gpu'], ['manager']);
    key = await hub.managerKey();
  });
  afterAll(async () => {
    await browser.close();
    await hub[Symbol.asyncDispose]();
  });

  const open = (hash = '#/', look: { readonly width?: number; readonly theme?: Theme } = {}): Promise<OpenedPage> =>
    openPage(browser, { url: hub.url, token: key }, hash, look);

  /** What an agent does with the next job: it writes, leaves a file, and ends well. */
  async function execute(): Promise<void> {
    const [offer] = await pull(agent);
    if (offer === undefined) throw new Error('no job was offered');
    const place = `/jobs/${offer.job}/attempts/${offer.attempt}`;
    await agent('POST', '/messages/ack', { ids: [offer.id] });
    await agent('POST', `${place}/claim`);
    await agent('POST', `${place}/started`, { run: 'hub@r1', node: 'jwc01', cluster: 'juwels', startedAtMs: Date.now() });
    await agent('PUT', `${place}/logs/stdout?offset=0`, Buffer.from('folded \u001b[32m12\u001b[0m proteins\n'));
    const artifact = String((await agent('POST', `${place}/artifacts`, { name: 'outputs', type: 'output' })).body['id']);
    await agent('PUT', `${place}/artifacts/${artifact}/files/best/model.pdb`, Buffer.from('ATOM'));
    await agent('POST', `${place}/artifacts/${artifact}/commit`, {});
    await agent(
      'POST',
      `${place}/complete`,
      goodResult({ outputArtifact: artifact, startedAtMs: Date.now() - 2_000, endedAtMs: Date.now() }),
    );
  }

  async function submit(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name: 'Submit a job' }).click();
    await page.getByLabel('Executed by').selectOption('fold:v2/gpu');
    await page.getByLabel('Input, JSON').fill('{"sequence": "MKV"}');
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await page.getByRole('heading', { name }).waitFor();
  }

  test('takes a job by its form, shows it waiting, and its log, output and files when it has ended, without a reload', async () => {
    await using opened = await open('#/jobs');
    const { page, faults, foreign } = opened;
    await submit(page, 'fold one');
    await page.getByText('It has not started.').waitFor();
    await execute();
    await page.getByText('folded 12 proteins').waitFor();
    await page.getByText('"answer": 42').waitFor();
    const saving = page.waitForEvent('download');
    await page
      .getByRole('row', { name: /best\/model.pdb/ })
      .getByRole('button', { name: 'Save' })
      .click();
    expect((await saving).suggestedFilename()).toBe('model.pdb');
    expect(await page.getByRole('listitem').filter({ hasText: 'completed' }).textContent()).toContain('agent:juwels');
    expect([faults, foreign]).toEqual([[], []]);
  });

  test('ends a job that nobody has taken, and submits it again', async () => {
    await using opened = await open('#/jobs');
    const { page } = opened;
    await submit(page, 'fold two');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('user-cancelled').first().waitFor();
    const before = page.url();
    await page.getByRole('button', { name: 'Submit again' }).click();
    await page.waitForURL((url) => url.href !== before);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('user-cancelled').first().waitFor();
  });

  test('stores files as an artifact, which is then immutable', async () => {
    await using opened = await open('#/artifacts');
    const { page } = opened;
    await page
      .getByLabel('Upload files')
      .setInputFiles([{ name: 'weights.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(3_000) }]);
    await page.getByRole('link', { name: 'weights.bin' }).click();
    await page.getByRole('region', { name: 'Files' }).getByText('2.93 KiB').waitFor();
    const { body } = await (await hub.asManager())('GET', '/artifacts');
    expect(body['artifacts']).toContainEqual(expect.objectContaining({ name: 'weights.bin', status: 'committed' }));
  });

  test('lets people and agents in and out, shows each secret once, closes the hub, and says who did it', async () => {
    await using opened = await open('#/access');
    const { page } = opened;
    await page.getByLabel('Let somebody in').fill('grace');
    await page.getByRole('button', { name: 'Add, with a key' }).click();
    const issued = (await page.getByRole('dialog', { name: 'Key of grace' }).locator('pre').textContent()) ?? '';
    expect((await hub.withKey(issued)('GET', '/whoami')).body).toMatchObject({ name: 'grace', role: 'editor' });
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /grace/ }).getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('row', { name: /grace disabled/ }).waitFor();
    expect((await hub.withKey(issued)('GET', '/whoami')).status).toBe(401);

    await page.getByRole('button', { name: 'Close it' }).click();
    await page.getByText('The hub is closed').waitFor();
    await page.getByRole('button', { name: 'Open it' }).click();
    await page.getByRole('region', { name: 'Who changed what' }).getByRole('row').filter({ hasText: 'grace' }).first().waitFor();

    await page.getByRole('link', { name: 'Agents' }).click();
    await page.getByLabel('Let another agent in').fill('jureca');
    await page.getByRole('button', { name: 'Issue its secret' }).click();
    await page.getByRole('dialog', { name: 'Secret of jureca' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('has not registered').waitFor();
  });

  test('a key that is none says so', async () => {
    await using opened = await openPage(browser, { url: hub.url, token: 'jqk_0000000000000000_wrong' }, '#/');
    await opened.page.getByRole('heading', { name: 'This key is not valid any more' }).waitFor();
  });

  const cases = (['light', 'dark'] as const).flatMap((theme) => [320, 1280].map((width) => [theme, width] as const));
  test.each(cases)('%s, %i px: nothing serious for axe on any screen, and nothing wider than the window', async (theme, width) => {
    await using opened = await open('#/', { theme, width });
    const { page } = opened;
    const { body } = await (await hub.asManager())('GET', '/jobs');
    const jobs: readonly { readonly id: string }[] = body['jobs'] ?? [];
    const found: string[] = [];
    for (const [hash, shown] of [
      ['#/', 'Queues'],
      ['#/jobs', 'Jobs'],
      [`#/job/${jobs[0]?.id ?? ''}`, 'History'],
      ['#/artifacts', 'Artifacts'],
      ['#/agents/juwels', 'Agents'],
      ['#/access', 'People'],
    ] as const) {
      await page.goto(`${hub.url}/${hash}`);
      await page.getByRole('heading', { name: shown, exact: true }).first().waitFor();
      await vi.waitFor(async () => expect(await page.locator('[aria-busy=true]').count()).toBe(0), { timeout: 15_000 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, impact, nodes } of violations)
        if (impact === 'serious' || impact === 'critical')
          found.push(`${hash}: ${id} (${nodes.map(({ target }) => target.join(' ')).join('; ')})`);
      const excess = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      if (excess > 0) found.push(`${hash}: ${excess} px wider than the window`);
    }
    expect(found).toEqual([]);
  });
});
