import { expect, test } from 'vitest';
import type { Accounting } from '../../packages/client/src/index.ts';
import { chromiumPath, launch, openPage } from '../../packages/ui/test/browser.ts';
import { all, isFinished, untilNodes, untilRuns } from './run-answers.ts';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';

describeOnSlurm('The web page', () => {
  test.skipIf(chromiumPath === null)('tells beside the bill that sacct agrees to the second, and the quotas of the site', async () => {
    const runs = Object.fromEntries(['a', 'b', 'c'].map((id) => [id, { cmd: [stepsProgram, 20] }]));
    await using stage = await SlurmStage.open({ nodeCount: 2, cluster: { num_slots: 2 }, runs });
    await using manager = await stage.startManager();
    await untilRuns(manager, all(isFinished));
    await untilNodes(manager, (nodes) => nodes.length === 0);
    const { total } = await manager.until<Accounting>('/api/v1/accounting', (bill) => bill.total.provisionalNodeSeconds === 0, 60_000);

    const browser = await launch();
    try {
      await using opened = await openPage(browser, manager, '#/nodes');
      const { page } = opened;
      page.setDefaultTimeout(60_000);
      const check = page.getByRole('region', { name: 'Check with the site' });
      // slurmdbd hears of an end a little later than we do.
      await expect
        .poll(
          async () => {
            await check.getByRole('button', { name: /^Check/ }).click();
            await check.getByRole('button', { name: 'Check again' }).waitFor();
            return check.innerText();
          },
          { timeout: 60_000, interval: 2_000 },
        )
        .toContain(`the same to the second over ${total.allocations} job`);
      await check.getByRole('region', { name: 'sshare of hpc' }).getByRole('columnheader', { name: 'RawUsage' }).waitFor();
      await check.getByText('this site has no jutil').waitFor();
      await page.getByText('confirmed by the cluster', { exact: true }).waitFor();
      expect(opened.faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
