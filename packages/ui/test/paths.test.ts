import { TestFolder, TestManager } from '@juqueue/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inBrowser, launch, openPage } from './browser.ts';

const { title, skip } = inBrowser('what people do');

/** Fails as long as the file `fixed` is not there, which a person puts right before resuming. */
const needsFix = 'test -e ../../../fixed || { echo "RuntimeError: no data in run $RUN_ID" >&2; exit 1; }; echo trained';

/** Counts seconds in a file, which is its checkpoint; saves and leaves with 85 when it is asked to. */
const counting = (seconds: number): string =>
  `n=$(cat n 2>/dev/null || echo 0); trap "exit 85" USR1; while [ $n -lt ${seconds} ]; do sleep 1 & wait $!; n=$((n+1)); echo $n > n; touch $JUQUEUE_CHECKPOINT_FILE; done`;

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test('they find what failed, read its log, resume all of it, and watch it finish', { timeout: 120_000 }, async () => {
    using folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 4, max_jobs: 1}\n',
      'experiments/sweep.yaml': `name: sweep\nautostart: true\ndefaults: {cluster: local, checkpoint: none, cmd: [sh, -c, ${JSON.stringify(needsFix)}, run]}\nmatrix: {seed: {from: 1, to: 6}}\nid: "s{seed}"\n`,
    });
    await using manager = await TestManager.start(folder);
    await using opened = await openPage(browser, manager);
    const { page } = opened;
    const problems = page.getByRole('region', { name: 'Problems' });
    await problems.getByRole('button', { name: 'Resume these 6' }).waitFor();
    await problems.getByRole('link', { name: 'log of one' }).click();
    await page
      .getByText(/RuntimeError: no data in run s\d/)
      .last()
      .waitFor();

    folder.define('../fixed', '');
    await page.goBack();
    await problems.getByRole('button', { name: 'Resume these 6' }).click();
    const dialog = page.getByRole('dialog', { name: 'Resume 6 runs' });
    await dialog.getByLabel(/Reason/).fill('the data are there now');
    await dialog.getByRole('button', { name: 'Resume 6' }).click();
    await page.getByText('6 runs resumed.').waitFor();
    await problems.getByText('No run has failed.').waitFor();
    await page.getByText('100%').first().waitFor();
    expect(opened.faults).toEqual([]);
  });

  test('they filter by a click, select everything that matches, and cancel it', { timeout: 120_000 }, async () => {
    using folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 2, max_jobs: 1}\n',
      'experiments/sweep.yaml':
        'name: sweep\nautostart: true\ndefaults: {cluster: local, checkpoint: none, cmd: [sh, -c, sleep 600]}\nmatrix: {lr: [0.1, 0.01], seed: {from: 1, to: 100}}\nid: "lr{lr}_s{seed}"\n',
    });
    await using manager = await TestManager.start(folder);
    await using opened = await openPage(browser, manager, '#/runs');
    const { page } = opened;
    await page.getByRole('region', { name: 'Parameter lr' }).getByRole('button', { name: '0.01' }).click();
    await page.getByText('100 runs match').waitFor();
    expect(decodeURIComponent(page.url())).toContain('where:"lr=0.01"');
    await page.getByRole('checkbox', { name: 'Select all matching runs' }).check();
    await page.getByRole('region', { name: 'Runs', exact: true }).getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel 100' }).click();
    await page.getByText(/^100 runs cancelled/).waitFor();
    await expect
      .poll(async () => manager.json<{ total: number }>('/api/v1/runs?state=inactive&count=true'), { timeout: 20_000 })
      .toMatchObject({ total: 100 });
    expect(opened.faults).toEqual([]);
  });

  test('they change a definition, see what it would do to running runs, and apply it', { timeout: 120_000 }, async () => {
    const definition = (epochs: number): string =>
      `name: long\nautostart: true\ndefaults: {cluster: local, checkpoint: none, cmd: [sh, -c, sleep 600]}\nmatrix: {epochs: [${epochs}], seed: [1, 2]}\nid: "s{seed}"\n`;
    using folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 2, max_jobs: 1}\n',
      'experiments/long.yaml': definition(90),
    });
    await using manager = await TestManager.start(folder);
    await using opened = await openPage(browser, manager, '#/definitions');
    const { page } = opened;
    await expect
      .poll(async () => manager.json<{ total: number }>('/api/v1/runs?state=running&count=true'), { timeout: 30_000 })
      .toMatchObject({ total: 2 });
    folder.define('experiments/long.yaml', definition(120));
    const plan = page.getByRole('region', { name: 'Plan that waits' });
    await plan.getByText('2 running runs concerned').waitFor();
    await plan.getByRole('cell', { name: '90' }).waitFor();
    await plan.getByRole('cell', { name: '120' }).waitFor();
    await plan.getByLabel('stop them and start the new version').check();
    await plan.getByText(/^Stops 2 running runs/).waitFor();
    await plan.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('The definitions are applied.').waitFor();
    await plan.waitFor({ state: 'detached' });

    folder.define('experiments/long.yaml', 'name: long\nrunz: []\n');
    await page.getByText("unknown key 'runz'").waitFor();
    await page.getByText("did you mean 'runs'?").waitFor();
    expect(opened.faults).toEqual([]);
  });

  test('they see four nodes become one, and what that saved', { timeout: 180_000 }, async () => {
    const runs = Array.from(
      { length: 16 },
      (_, i) => `  - {id: r${i}, cmd: [sh, -c, ${JSON.stringify(counting(i % 4 === 0 ? 90 : 5))}]}\n`,
    ).join('');
    using folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, max_jobs: 4, num_slots: 4, grace: 3s}\n',
      'experiments/e.yaml': `name: e\nautostart: true\ndefaults: {cluster: local, checkpoint: {signal: USR1, grace: 3s, exit_code: 85}}\nruns:\n${runs}`,
    });
    await using manager = await TestManager.start(folder);
    await using opened = await openPage(browser, manager);
    const { page } = opened;
    await page.getByText('4 of 4 nodes').waitFor({ timeout: 60_000 });
    await page.getByText('1 of 4 nodes').waitFor({ timeout: 90_000 });
    await page.getByRole('link', { name: 'Nodes & bill' }).click();
    await page.getByText(/nodes? emptied by \d moves?/).waitFor({ timeout: 30_000 });
    await page.getByText(/packing saved/).waitFor();
    await page.getByText('The same as a table').click();
    const table = page.getByRole('table', { name: 'Nodes in this time' });
    await expect
      .poll(() => table.getByText(/consolidation moves e@r\d+ to local-\d+/).count(), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(3);
    await expect.poll(() => table.getByText(/takes no new runs \(consolidation\)/).count(), { timeout: 20_000 }).toBe(3);
    await page.getByRole('region', { name: /^Timeline of the nodes/ }).focus();
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).toMatch(/from=\d+&to=\d+/);
    const zoomed = page.url();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.url()).not.toBe(zoomed);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('No cluster has a site to ask').waitFor();
    expect(opened.faults).toEqual([]);
  });

  test('they ask why, by one click, and by the keyboard alone go where they want', { timeout: 120_000 }, async () => {
    using folder = new TestFolder({
      'clusters.yaml': 'local: {type: local, num_slots: 1, max_jobs: 1}\n',
      'experiments/two.yaml':
        'name: two\nautostart: true\ndefaults: {cluster: local, checkpoint: none, cmd: [sh, -c, "echo hello; sleep 600"]}\nruns: [{id: a}, {id: b}]\n',
    });
    await using manager = await TestManager.start(folder);
    await using opened = await openPage(browser, manager, '#/runs');
    const { page } = opened;
    await page.getByRole('button', { name: 'Why waiting? two@b' }).click();
    await page.getByText('the same as juqueue explain two@b').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'Nodes & bill' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('two@a');
    await page.getByRole('option', { name: /^running *two@a/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'a', exact: true }).waitFor();
    await page.getByText('hello').last().waitFor();
    expect(opened.faults).toEqual([]);
  });

  test('a server that is gone is said, and the page goes on when it answers again', { timeout: 60_000 }, async () => {
    using folder = new TestFolder({ 'clusters.yaml': 'local: {type: local}\n' });
    await using manager = await TestManager.start(folder);
    await using opened = await openPage(browser, manager);
    const { page, context } = opened;
    await page.getByText('live', { exact: true }).waitFor();
    // What the bill is asked for, it is asked for within ten seconds.
    await page.waitForTimeout(2_000);
    await context.setOffline(true);
    await page.getByText(/^(silent|no connection) for/).waitFor({ timeout: 20_000 });
    await page.getByText(/^What is shown is as it was \d+s ago/).waitFor();
    const asked: string[] = [];
    page.on('response', (response) => asked.push(new URL(response.url()).pathname));
    await context.setOffline(false);
    await page.getByText('live', { exact: true }).waitFor({ timeout: 20_000 });
    await page.waitForTimeout(2_000);
    expect(
      asked.filter((path) => !['/api/v1/health', '/api/v1/overview'].includes(path)),
      'nothing has happened meanwhile',
    ).toEqual([]);
    folder.define('experiments/new.yaml', 'name: new\nruns: [{id: a, cmd: ["true"], cluster: local}]\n');
    await page.getByRole('link', { name: 'new' }).waitFor();
  });
});
