import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Accounting, LedgerParts } from '@juqueue/client';
import { TestFolder, TestManager } from '@juqueue/testkit';
import { describe, expect, test } from 'vitest';
import { juqueue } from './command-line.ts';

/** Starting and stopping a manager and its nodes takes a few seconds on a quiet machine. */
const busyMachineMs = 120_000;

const definitions = {
  'clusters.yaml': 'local: { type: local, max_jobs: 2, num_slots: 2, idle_timeout: 1s }\n',
  'experiments/sweep.yaml': `name: sweep
autostart: true
defaults: { cluster: local, checkpoint: none, cmd: [sh, -c, "sleep 1"] }
matrix: { i: { from: 1, to: 4 } }
id: "r{i}"
`,
};

function sumOf(parts: LedgerParts): number {
  return Object.values(parts).reduce((sum, part) => sum + part, 0);
}

describe('report', { timeout: busyMachineMs }, () => {
  test('states what each allocation was billed from start to end, and where it went; a restart of the manager changes nothing', async () => {
    using folder = new TestFolder(definitions);
    const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);
    const report = async (): Promise<Accounting> => JSON.parse((await ask('report', '--json')).out);

    await using manager = await TestManager.start(folder);
    expect((await ask('wait', 'sweep@*', '--timeout', '90s')).code).toBe(0);
    await manager.until<Accounting>(
      '/api/v1/accounting',
      ({ allocations }) => allocations.length > 0 && allocations.every(({ isProvisional }) => !isProvisional),
    );

    const first = await report();
    for (const { startedAtMs, endedAtMs, billedNodeSeconds, billedSlotMs, partsSlotMs, slots } of first.allocations) {
      expect(billedNodeSeconds).toBe(((endedAtMs ?? 0) - (startedAtMs ?? 0)) / 1000);
      expect([billedSlotMs, sumOf(partsSlotMs)]).toEqual([slots * billedNodeSeconds * 1000, billedSlotMs]);
    }
    const billed = first.allocations.reduce((sum, { billedSlotMs }) => sum + billedSlotMs, 0);
    expect(first.total).toMatchObject({ billedSlotMs: billed, provisionalNodeSeconds: 0 });
    expect(first.clusters).toMatchObject([{ name: 'local', billedSlotMs: billed }]);
    const [sweep] = first.experiments;
    expect(sweep?.partsSlotMs).toMatchObject({ open: 0, redone: 0, failed: 0 });
    expect(sweep?.partsSlotMs.useful).toBeGreaterThanOrEqual(4_000);
    expect((sweep?.billedSlotMs ?? 0) + first.unattributed.billedSlotMs).toBe(billed);
    expect(first.total.efficiency).toBeGreaterThan(0);
    expect(first.total.efficiency).toBeLessThanOrEqual(1);

    const { code, out } = await ask('report', '--allocations');
    expect(code).toBe(0);
    expect(out).toMatch(/^CLUSTER +NODE-HOURS +PROVISIONAL +USEFUL .*EFFICIENCY$/m);
    expect(out).toMatch(/^local-00001 +local .* ended .* confirmed +\d+ %$/m);
    expect(out).toMatch(/^\d+ node-seconds were billed, all of it confirmed by the clusters\.$/m);

    const csv = await ask('report', '--csv', '--by', 'allocation');
    expect(csv.out.trimEnd().split('\r\n')).toHaveLength(first.allocations.length + 1);
    expect(await ask('report', '--by', 'week')).toMatchObject({
      code: 2,
      err: expect.stringContaining("--by is 'week', expected cluster, experiment, day, allocation"),
    });

    const page = join(folder.path, 'report.html');
    expect(await ask('report', '--html', page)).toMatchObject({ code: 0, err: `Written to ${page}.\n` });
    const text = readFileSync(page, 'utf8');
    // The runs of every node are drawn; each allocation is in the table.
    expect(text.match(/class="work" d=/g)?.length).toBe(first.allocations.filter(({ partsSlotMs }) => partsSlotMs.useful > 0).length);
    for (const { id } of first.allocations) expect(text).toContain(`<td>${id}</td>`);
    expect(await ask('report', '--html', join(folder.path, 'nowhere', 'r.html'))).toMatchObject({ code: 6 });

    await manager.end();
    await using _again = await TestManager.start(folder);
    const second = await report();
    expect({ ...second, asOfMs: 0 }).toEqual({ ...first, asOfMs: 0 });
  });

  test('says that nothing was billed before anything was; explain says why', async () => {
    using folder = new TestFolder({
      ...definitions,
      'experiments/sweep.yaml': definitions['experiments/sweep.yaml'].replace('autostart: true\n', ''),
    });
    const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);
    await using _manager = await TestManager.start(folder);
    expect(await ask('report')).toMatchObject({ code: 0, out: 'Nothing has been billed yet.\n' });
    expect((await ask('explain', 'sweep@r1')).out).toMatch(/^sweep@r1 is inactive \(new\)/);
    expect((await ask('explain', 'local')).out).toContain('local has 0 of at most 2 allocations');
    expect(JSON.parse((await ask('explain', 'local', '--json')).out)).toMatchObject({ kind: 'cluster', id: 'local', numbers: { open: 0 } });
    expect(await ask('explain', 'locl')).toMatchObject({ code: 5, err: expect.stringContaining("Did you mean 'local'?") });
    const diagnosis = await ask('doctor');
    expect(diagnosis).toMatchObject({ code: 0, out: expect.stringContaining('works on it') });
    expect(diagnosis.out).toContain(`those in ${folder.defDir} have no problems`);
  });
});

test('doctor ends with 6 when something has to be repaired, and says what', async () => {
  using folder = new TestFolder({
    'clusters.yaml':
      'hpc: { type: slurm, max_jobs: 1, num_slots: 2, job_extra_directives: ["--array=1-3"] }\nbatch: { type: slurm, max_jobs: 1, num_slots: 2 }\n',
  });
  const args = ['doctor', folder.defDir, '--work-dir', folder.workDir];
  const { code, out } = await juqueue(args, { env: { PATH: '/nowhere' } });
  expect(code).toBe(6);
  expect(out).toMatch(/^ERROR +definitions: clusters\.yaml:1:\d+: .*--array/m);
  expect(out).toMatch(/^ERROR +cluster batch: .*scontrol.*\n +put Slurm's programs on the PATH/m);
  const { findings } = JSON.parse((await juqueue([...args, '--json'], { env: { PATH: '/nowhere' } })).out);
  expect(findings).toContainEqual(expect.objectContaining({ about: 'cluster batch', severity: 'error', code: 'programs' }));
});
